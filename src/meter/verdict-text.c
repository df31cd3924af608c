/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "meter/verdict-text.h"

/* Of names and contacts as shown: a text of 320 bytes has room for both. */
#define SHOWN_MAX 80

/* What is not printable ASCII could end the line of an SMTP reply or begin another. */
static void show(const char *words, char ret[static SHOWN_MAX + 4]) {
        size_t i;

        for (i = 0; i < SHOWN_MAX && words[i]; i++)
                ret[i] = words[i] >= ' ' && words[i] <= '~' ? words[i] : '?';
        memcpy(ret + i, words[i] ? "..." : "", words[i] ? 4 : 1);
}

/* printf(), and whom to ask. */
PRINTF_LIKE(3, 4)
static void write_text(
                char ret[static VERDICT_TEXT_SIZE], const char *contact, const char *format, ...) {
        char shown[SHOWN_MAX + 4];
        va_list arguments;
        size_t size;

        va_start(arguments, format);
        (void) vsnprintf(ret, VERDICT_TEXT_SIZE, format, arguments);
        va_end(arguments);

        size = strlen(ret);
        if (!contact || !contact[0])
                return;

        show(contact, shown);
        (void) snprintf(ret + size, VERDICT_TEXT_SIZE - size, "; contact: %s", shown);
}

static void format_time(int64_t time_sec, char *ret, size_t size) {
        time_t seconds = (time_t) time_sec;
        struct tm parts;

        if (!gmtime_r(&seconds, &parts) ||
            strftime(ret, size, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
                (void) snprintf(ret, size, "later");
}

void verdict_to_text(
                const Verdict *verdict,
                const LimitState *cause,
                const char *name,
                uint64_t recipients,
                int64_t until_sec,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]) {
        const char *per = cause->window == WINDOW_HOUR ? "hour" : "day";
        char shown[SHOWN_MAX + 4], until[40];

        show(name, shown);
        if (verdict->is_too_large)
                write_text(ret,
                           contact,
                           "5.7.1 %" PRIu64
                           " recipients are more than the %s %s may send to in one %s, "
                           "%" PRIu64,
                           recipients,
                           subject_kind_to_string(cause->subject),
                           shown,
                           per,
                           cause->limit);
        else {
                format_time(until_sec, until, sizeof(until));
                write_text(ret,
                           contact,
                           "%s the %s %s has reached its limit of %" PRIu64
                           " recipients in one %s; there may be room at %s",
                           verdict->kind == VERDICT_DENY ? "5.7.1" : "4.7.1",
                           subject_kind_to_string(cause->subject),
                           shown,
                           cause->limit,
                           per,
                           until);
        }
}

void verdict_share_text(
                const char *domain,
                uint64_t bad,
                uint64_t recipients,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]) {
        char shown[SHOWN_MAX + 4];

        show(domain, shown);
        write_text(ret,
                   contact,
                   "5.7.1 of %" PRIu64 " recipients of the domain %s in the last hour %" PRIu64
                   " could not be reached: no more is taken from it for a while",
                   recipients,
                   shown,
                   bad);
}

void verdict_suspended_text(
                SubjectKind kind,
                const char *name,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]) {
        char shown[SHOWN_MAX + 4];

        show(name, shown);
        write_text(ret,
                   contact,
                   "5.7.1 outgoing mail of the %s %s is suspended",
                   subject_kind_to_string(kind),
                   shown);
}

void verdict_no_auth_text(
                const char *mailbox, const char *contact, char ret[static VERDICT_TEXT_SIZE]) {
        char shown[SHOWN_MAX + 4];

        show(mailbox, shown);
        write_text(ret,
                   contact,
                   "5.7.1 sending with a password (SMTP AUTH) is disabled for %s",
                   shown);
}

void verdict_denied_user_text(
                const char *name, const char *contact, char ret[static VERDICT_TEXT_SIZE]) {
        char shown[SHOWN_MAX + 4];

        show(name, shown);
        write_text(ret, contact, "5.7.1 the user %s may not send mail to other hosts", shown);
}
