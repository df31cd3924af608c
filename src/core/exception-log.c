/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/exception-log.h"
#include "util/log.h"
#include "util/text.h"

/* Of 10,000 that end in one night each has been logged when it was granted. */
#define EXPIRED_LOGGED_MAX 100

static void append_time(Text *text, const char *word, uint64_t usec) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        struct tm fields = {};
        char buffer[32] = "?";

        if (usec == 0)
                return;
        if (gmtime_r(&seconds, &fields))
                (void) strftime(buffer, sizeof(buffer), "%F %T UTC", &fields);
        text_append_format(text, " %s %s", word, buffer);
}

/* "allow user:alice to 192.0.2.0/24 on port 25, 587 until ...". NULL when out of memory. */
static char *describe(const Exception *exception) {
        CLEANUP(freep) char *destination = NULL;
        CLEANUP(text_done) Text text = {};
        char *words;

        text_append_format(
                        &text,
                        "%s %s:%s",
                        exception_verdict_to_string(exception->verdict),
                        subject_kind_to_string(exception->kind),
                        exception->name);
        if (exception->destination.family != AF_UNSPEC) {
                destination = network_to_string(&exception->destination);
                text_append_format(&text, " to %s", destination ?: "?");
        }
        for (size_t i = 0; i < exception->port_count; i++)
                text_append_format(&text, "%s %u", i == 0 ? " on port" : ",", exception->ports[i]);
        append_time(&text, "until", exception->expires_usec);

        return text_finish(&text, &words, NULL) < 0 ? NULL : words;
}

void exception_log_granted(const Exception *exception) {
        CLEANUP(freep) char *words = describe(exception);

        (void) log_write(
                        LOG_NOTICE,
                        LOG_ID_EXCEPTION,
                        0,
                        "%s granted exception %" PRIu64 ", %s: %s",
                        exception->granted_by,
                        exception->id,
                        words ?: "?",
                        exception->reason);
}

static void log_end(const Exception *exception, const char *how, const char *by) {
        CLEANUP(freep) char *words = describe(exception);
        CLEANUP(text_done) Text granted = {};
        CLEANUP(freep) char *when = NULL;

        append_time(&granted, "on", exception->granted_usec);
        if (text_finish(&granted, &when, NULL) < 0)
                when = NULL;

        (void) log_write(
                        LOG_NOTICE,
                        LOG_ID_EXCEPTION,
                        0,
                        "Exception %" PRIu64 "%s%s, %s; granted by %s%s: %s",
                        exception->id,
                        how,
                        by,
                        words ?: "?",
                        exception->granted_by,
                        when ?: "",
                        exception->reason);
}

void exception_log_removed(const Exception *exception, const LastChange *by) {
        CLEANUP(freep) char *uid = by->user ? NULL : string_format("uid %" PRIu32, by->uid);

        log_end(exception, " was removed by ", by->user ?: uid ?: "?");
}

void exception_log_expired(const Exceptions *before, uint64_t now_usec) {
        size_t count = 0;

        for (size_t i = 0; i < before->count; i++)
                if (exception_is_expired(before->items[i], now_usec) &&
                    ++count <= EXPIRED_LOGGED_MAX)
                        log_end(before->items[i], " has expired", "");

        if (count > EXPIRED_LOGGED_MAX)
                log_notice("%zu more exceptions have expired.", count - EXPIRED_LOGGED_MAX);
}
