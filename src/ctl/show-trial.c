/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <time.h>

#include "ctl/duration.h"
#include "ctl/show.h"

char *show_left(long long deadline_usec) {
        long long now = (long long) time(NULL), end = deadline_usec / (long long) USEC_PER_SEC;

        return duration_describe(end > now ? (uint64_t) (end - now) : 0);
}

char *show_changes(const json_t *changes) {
        CLEANUP(text_done) Text text = {};
        const char *key;
        json_t *value;
        char *string;

        json_object_foreach((json_t *) changes, key, value) {
                CLEANUP(freep) char *shown = show_value(value);

                text_append_format(&text, "%s%s=%s", text.size > 0 ? " " : "", key, shown ?: "?");
        }
        if (text.size == 0)
                text_append_string(&text, "-");

        return text_finish(&text, &string, NULL) < 0 ? NULL : string;
}

void show_history(const json_t *history, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 5, .numbers = 1 };
        json_t *entry;
        size_t i;

        table_add(&table, COLOR_BOLD, "ID");
        table_add(&table, COLOR_BOLD, "WHEN");
        table_add(&table, COLOR_BOLD, "WHO");
        table_add(&table, COLOR_BOLD, "ACTION");
        table_add(&table, COLOR_BOLD, "CHANGES");

        json_array_foreach((json_t *) history, i, entry) {
                CLEANUP(freep) char *when = show_time(show_number(entry, "When"));
                CLEANUP(freep) char *changes = show_changes(json_object_get(entry, "Changes"));
                const char *user = show_string(entry, "User");
                const char *outcome = show_string(entry, "Outcome") ?: "";

                table.failed = table.failed || !when || !changes;
                table_add(&table, COLOR_NONE, show_string(entry, "Id"));
                table_add(&table, COLOR_NONE, when);
                if (user && *user)
                        table_add(&table, COLOR_NONE, user);
                else
                        table_add_format(&table, COLOR_NONE, "uid %lld", show_number(entry, "Uid"));
                table_add_format(
                                &table,
                                COLOR_NONE,
                                "%s%s%s",
                                show_string(entry, "Action") ?: "?",
                                string_equal(outcome, "done") || !*outcome ? "" : ": ",
                                string_equal(outcome, "done") ? "" : outcome);
                table_add(&table, COLOR_NONE, changes);
        }

        table_append_to(&table, style, text);
}
