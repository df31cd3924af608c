/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "notify/bulletin-mail.h"
#include "util/text.h"

#define HOST_SIZE_MAX 64

/* What a mail says first of a subject: the most telling kind that it has. */
static const char *const headlines[_EVENT_KIND_MAX] = {
        [EVENT_HELD] = "mail is held",
        [EVENT_LIMIT] = "a limit is reached",
        [EVENT_RELEASED] = "held mail was released",
        [EVENT_SUSPENDED] = "suspended or resumed",
        [EVENT_ATTEMPT] = "repeated attempts to send directly",
        [EVENT_HEALTH] = "health has changed",
        [EVENT_PROBLEM] = "a problem",
};

/* In the order of the kinds; health says more than the problem behind it. */
static const char *headline_of(const BulletinEntry *entry) {
        EventKind kind = _EVENT_KIND_MAX - 1;

        for (size_t i = 0; i < entry->count; i++)
                kind = MIN_OF(kind, entry->items[i].kind);
        return headlines[kind];
}

static bool has_kind(const BulletinEntry *entry, EventKind kind) {
        for (size_t i = 0; i < entry->count; i++)
                if (entry->items[i].kind == kind)
                        return true;
        return false;
}

/* A shell takes it as it is, and smtp-restrictionsctl does not take it for an option. */
static bool is_plain_word(const char *string) {
        return *string != '-' && string[strspn(string,
                                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
                                               "Z0123456789:@._+-")] == '\0';
}

static void append_item(const BulletinItem *item, Text *text) {
        text_append_format(text, "%7llu x %s", (unsigned long long) item->count, item->text);
        if (item->recipients > 0)
                text_append_format(
                                text, ", %llu recipients", (unsigned long long) item->recipients);
        text_append_string(text, "\n");
}

static void append_commands(const BulletinEntry *entry, Text *text) {
        const char *subject = is_plain_word(entry->subject) ? entry->subject : "";

        if (has_kind(entry, EVENT_HELD) || has_kind(entry, EVENT_LIMIT))
                text_append_format(
                                text,
                                "    smtp-restrictionsctl usage %s\n"
                                "    smtp-restrictionsctl held %s\n",
                                subject,
                                subject);
        if (has_kind(entry, EVENT_SUSPENDED))
                text_append_format(
                                text,
                                *subject ? "    smtp-restrictionsctl subject show %s\n"
                                         : "    smtp-restrictionsctl subject list%s\n",
                                subject);
        if (has_kind(entry, EVENT_ATTEMPT))
                text_append_string(text, "    smtp-restrictionsctl top\n");
        if (has_kind(entry, EVENT_HEALTH) || has_kind(entry, EVENT_PROBLEM))
                text_append_string(text, "    smtp-restrictionsctl status\n");
}

static void append_entry(const BulletinEntry *entry, size_t items_max, Text *text) {
        uint64_t others = entry->others;

        text_append_format(text, "\n%s\n", entry->subject);
        for (size_t i = 0; i < entry->count; i++)
                if (i < items_max)
                        append_item(&entry->items[i], text);
                else
                        others += entry->items[i].count;
        if (others > 0)
                text_append_format(text, "%7llu x something else\n", (unsigned long long) others);
}

static void append_header(const BulletinMail *mail, const char *host, Text *text) {
        text_append_format(
                        text,
                        "To: %s\n"
                        "Subject: [%s] ",
                        mail->to,
                        host);
        if (mail->count == 1)
                text_append_format(
                                text,
                                "%s: %s\n",
                                mail->entries[0]->subject,
                                headline_of(mail->entries[0]));
        else
                text_append_format(text, "outgoing mail: %zu subjects\n", mail->count);
        text_append_string(
                        text,
                        "Auto-Submitted: auto-generated\n"
                        "MIME-Version: 1.0\n"
                        "Content-Type: text/plain; charset=us-ascii\n"
                        "\n");
}

static void append_end(const BulletinMail *mail, Text *text) {
        if (mail->count > BULLETIN_MAIL_SUBJECTS_MAX)
                text_append_format(
                                text,
                                "\n%zu more subjects.\n",
                                mail->count - BULLETIN_MAIL_SUBJECTS_MAX);
        if (mail->lost > 0)
                text_append_format(
                                text,
                                "\n%llu events about others were too many to be kept.\n",
                                (unsigned long long) mail->lost);
        if (mail->last)
                text_append_format(
                                text,
                                "\nThis was mail %u within an hour: there is none before that is "
                                "over.\n",
                                BULLETIN_MAILS_MAX);
        text_append_string(text, "\nTo look closer:\n\n");
        if (mail->count == 1)
                append_commands(mail->entries[0], text);
        else
                text_append_string(
                                text,
                                "    smtp-restrictionsctl status\n"
                                "    smtp-restrictionsctl usage\n"
                                "    smtp-restrictionsctl top\n");
        text_append_string(
                        text,
                        "\n-- \nOne mail an hour about each, sent by smtp-restrictions-notify. Its "
                        "manual page\nsays how to have others, or none.\n");
}

int bulletin_mail_write(const BulletinMail *mail, char **ret) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *host = NULL;
        size_t size;

        assert(mail && mail->count > 0 && ret);

        host = string_quote(mail->host, strlen(mail->host), HOST_SIZE_MAX);
        if (!host)
                return -ENOMEM;

        append_header(mail, host, &text);
        text_append_format(&text, "On %s, since the last mail about it:\n", host);
        for (size_t i = 0; i < MIN_OF(mail->count, BULLETIN_MAIL_SUBJECTS_MAX); i++)
                append_entry(mail->entries[i],
                             mail->count == 1 ? BULLETIN_ITEMS_MAX : BULLETIN_MAIL_ITEMS_MAX,
                             &text);
        append_end(mail, &text);
        return text_finish(&text, ret, &size);
}
