/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"

/* Values stand as they can be typed back. Keys that this program does not know come after. */
static void add_entries(Table *table, const json_t *object) {
        const char *key;
        json_t *value;

        json_object_foreach((json_t *) object, key, value) {
                CLEANUP(freep) char *string = show_value(value);

                if (!string)
                        table->failed = true;
                table_add(table, COLOR_BOLD, key);
                table_add(table,
                          string && string_equal(string, "-") ? COLOR_FAINT : COLOR_NONE,
                          string);
        }
}

void show_limits(const json_t *limits, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 2 };

        if (json_object_size(limits) == 0) {
                text_append_string(
                                text, "No mail limits are set: Exim's own configuration holds.\n");
                return;
        }

        add_entries(&table, limits);
        table_append_to(&table, style, text);
}

void show_policy(const json_t *policy, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 2 };
        CLEANUP(json_decrefp) json_t *rest = json_copy((json_t *) policy);
        const json_t *limits = json_object_get(policy, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS);

        /* limits have lines of their own, under their own names, as `policy set` takes them */
        if (rest)
                (void) json_object_del(rest, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS);
        else
                text->failed = true;

        add_entries(&table, rest);
        add_entries(&table, limits);
        table_append_to(&table, style, text);
}
