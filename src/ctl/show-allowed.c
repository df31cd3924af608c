/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

void show_allowed(const json_t *allowed, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 3, .numbers = 1 };
        json_t *entry;
        size_t i;

        table_add(&table, COLOR_BOLD, "UID");
        table_add(&table, COLOR_BOLD, "USER");
        table_add(&table, COLOR_BOLD, "BECAUSE");

        json_array_foreach((json_t *) allowed, i, entry) {
                table_add_format(&table, COLOR_NONE, "%lld", show_number(entry, "Uid"));
                table_add(&table, COLOR_NONE, show_string(entry, "User"));
                table_add_format(
                                &table,
                                COLOR_NONE,
                                "%s%s%s",
                                show_string(entry, "Because") ?: "",
                                show_string(entry, "Detail") ? " " : "",
                                show_string(entry, "Detail") ?: "");
        }

        table_append_to(&table, style, text);
}
