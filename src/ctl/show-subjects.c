/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

static void add_limit(Table *table, const json_t *subject, const char *key) {
        long long limit = show_number(subject, key);

        if (limit > 0)
                table_add_format(table, COLOR_NONE, "%lld", limit);
        else
                table_add(table, COLOR_NONE, "-");
}

/* "hold since 2026-11-20 20:00 by root" */
static void add_suspension(Table *table, const json_t *subject) {
        const char *mode = show_string(subject, "Suspended");
        long long since = show_number(subject, "SuspendedSince");
        CLEANUP(freep) char *time = since > 0 ? show_time(since) : NULL;

        if (mode)
                table_add_format(
                                table,
                                COLOR_RED,
                                "%s since %s by %s",
                                mode,
                                time ?: "?",
                                show_string(subject, "SuspendedBy") ?: "?");
        else
                table_add(table, COLOR_NONE, "no");
}

void show_subjects(const json_t *subjects, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 5, .numbers = 1 << 1 | 1 << 2 };
        static const char *const heads[] = {
                "SUBJECT", "PER HOUR", "PER DAY", "SMTP AUTH", "SUSPENDED"
        };
        json_t *subject;
        size_t i;

        if (json_array_size(subjects) == 0) {
                text_append_string(text, "Nothing is set by name.\n");
                return;
        }

        for (i = 0; i < ELEMENTS_OF(heads); i++)
                table_add(&table, COLOR_BOLD, heads[i]);

        json_array_foreach((json_t *) subjects, i, subject) {
                table_add(&table, COLOR_NONE, show_string(subject, "Subject"));
                add_limit(&table, subject, "HourlyRecipients");
                add_limit(&table, subject, "DailyRecipients");
                table_add(&table, COLOR_NONE, show_string(subject, "SmtpAuth") ?: "inherit");
                add_suspension(&table, subject);
        }

        table_append_to(&table, style, text);
}
