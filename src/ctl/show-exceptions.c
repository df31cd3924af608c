/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

/* "allow 25, 587 to 192.0.2.0/24" */
static void add_what(Table *table, const json_t *exception) {
        const char *destination = show_string(exception, "Destination");
        CLEANUP(freep) char *words = NULL;
        CLEANUP(text_done) Text text = {};
        json_t *port;
        size_t i;

        text_append_string(&text, show_string(exception, "Verdict") ?: "?");
        json_array_foreach(json_object_get(exception, "Ports"), i, port) text_append_format(
                        &text, "%s %lld", i > 0 ? "," : "", (long long) json_integer_value(port));
        if (destination)
                text_append_format(&text, " to %s", destination);

        table_add(table, COLOR_NONE, text_finish(&text, &words, NULL) < 0 ? NULL : words);
}

static void add_until(Table *table, const json_t *exception) {
        long long until = show_number(exception, "ExpiresAt");
        CLEANUP(freep) char *words = until > 0 ? show_time(until) : NULL;

        table_add(table, COLOR_NONE, words ?: "for ever");
}

void show_exceptions(const json_t *exceptions, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 6, .numbers = 1 };
        static const char *const heads[] = { "ID", "WHO", "WHAT", "UNTIL", "BY", "REASON" };
        json_t *exception;
        size_t i;

        if (json_array_size(exceptions) == 0) {
                text_append_string(text, "There are no exceptions.\n");
                return;
        }

        for (i = 0; i < ELEMENTS_OF(heads); i++)
                table_add(&table, COLOR_BOLD, heads[i]);

        json_array_foreach((json_t *) exceptions, i, exception) {
                const char *subject = show_string(exception, "Subject") ?: "";

                table_add(&table, COLOR_NONE, show_string(exception, "Id"));
                table_add(&table, COLOR_NONE, string_after_prefix(subject, "user:") ?: subject);
                add_what(&table, exception);
                add_until(&table, exception);
                table_add(&table, COLOR_NONE, show_string(exception, "GrantedBy"));
                table_add(&table, COLOR_NONE, show_string(exception, "Reason"));
        }

        table_append_to(&table, style, text);
}
