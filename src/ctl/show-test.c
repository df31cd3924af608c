/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

void show_test(const json_t *results, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 3 };
        const json_t *result;
        size_t i;

        table_add(&table, COLOR_BOLD, "TRIED");
        table_add(&table, COLOR_BOLD, "EXPECTED");
        table_add(&table, COLOR_BOLD, "FOUND");
        json_array_foreach((json_t *) results, i, result) {
                bool is_fine = !json_is_false(json_object_get(result, "AsExpected"));

                table_add(&table, COLOR_NONE, show_string(result, "Tried"));
                table_add(&table, COLOR_NONE, show_string(result, "Expected"));
                table_add(&table, is_fine ? COLOR_GREEN : COLOR_RED, show_string(result, "Found"));
        }
        table_append_to(&table, style, text);
}
