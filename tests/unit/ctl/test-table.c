/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "ctl/table.h"

static const Style narrow = { .width = 40 };

static void add_all(Table *table, const char *const cells[], size_t count) {
        for (size_t i = 0; i < count; i++)
                table_add(table, COLOR_NONE, cells[i]);
}

static void test_columns_are_as_wide_as_their_widest_cell(void) {
        static const char *const cells[] = { "a", "1", "x", "long", "22", "y" };
        CLEANUP(table_done) Table table = { .columns = 3 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data, ==, "a     1   x\nlong  22  y\n");
}

static void test_numbers_stand_to_the_right(void) {
        static const char *const cells[] = { "UID", "USER", "5", "a" };
        CLEANUP(table_done) Table table = { .columns = 2, .numbers = 1 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data, ==, "UID  USER\n  5  a\n");
}

static void test_last_column_is_wrapped_at_blanks(void) {
        static const char *const cells[] = { "Key", "one two three four five six seven eight" };
        CLEANUP(table_done) Table table = { .columns = 2 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data,
                        ==,
                        "Key  one two three four five six seven\n"
                        "     eight\n");
}

static void test_text_that_just_fits_is_not_wrapped(void) {
        static const char *const cells[] = { "12345678901234567890 1234567890123456789",
                                             "12345678901234567890 12345678901234567890" };
        CLEANUP(table_done) Table table = { .columns = 1 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data,
                        ==,
                        "12345678901234567890 1234567890123456789\n"
                        "12345678901234567890\n12345678901234567890\n");
}

static void test_lists_are_wrapped_behind_commas(void) {
        static const char *const cells[] = { "alice,bob,carol,dave,eve,frank,grace,heidi" };
        CLEANUP(table_done) Table table = { .columns = 1 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data, ==, "alice,bob,carol,dave,eve,frank,grace,\nheidi\n");
}

static void test_words_are_never_cut(void) {
        static const char *const cells[] = {
                "see /a/path/that/is/longer/than/the/line/is/wide now"
        };
        CLEANUP(table_done) Table table = { .columns = 1 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data, ==, "see\n/a/path/that/is/longer/than/the/line/is/wide\nnow\n");
}

static void test_indent_stands_before_each_line(void) {
        static const char *const cells[] = { "one two three four five six seven eight nine" };
        CLEANUP(table_done) Table table = { .columns = 1, .indent = 4 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data, ==, "    one two three four five six seven\n    eight nine\n");
}

static void test_unfinished_row_is_not_shown(void) {
        static const char *const cells[] = { "a", "b", "c" };
        CLEANUP(table_done) Table table = { .columns = 2 };
        CLEANUP(text_done) Text text = {};

        add_all(&table, cells, G_N_ELEMENTS(cells));
        table_append_to(&table, &narrow, &text);

        g_assert_cmpstr(text.data, ==, "a  b\n");
}

static void test_colors_take_no_width(void) {
        const Style colored = { .colors = true, .width = 40 };
        CLEANUP(table_done) Table table = { .columns = 2 };
        CLEANUP(text_done) Text text = {};

        table_add(&table, COLOR_BOLD, "a");
        table_add(&table, COLOR_NONE, "x");
        table_add(&table, COLOR_NONE, "bb");
        table_add(&table, COLOR_NONE, "y");
        table_append_to(&table, &colored, &text);

        g_assert_cmpstr(text.data, ==, "\x1b[1ma\x1b[0m   x\nbb  y\n");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ctl/table/columns-are-as-wide-as-their-widest-cell",
                        test_columns_are_as_wide_as_their_widest_cell);
        g_test_add_func("/ctl/table/numbers-stand-to-the-right", test_numbers_stand_to_the_right);
        g_test_add_func("/ctl/table/last-column-is-wrapped-at-blanks",
                        test_last_column_is_wrapped_at_blanks);
        g_test_add_func("/ctl/table/text-that-just-fits-is-not-wrapped",
                        test_text_that_just_fits_is_not_wrapped);
        g_test_add_func("/ctl/table/lists-are-wrapped-behind-commas",
                        test_lists_are_wrapped_behind_commas);
        g_test_add_func("/ctl/table/words-are-never-cut", test_words_are_never_cut);
        g_test_add_func("/ctl/table/indent-stands-before-each-line",
                        test_indent_stands_before_each_line);
        g_test_add_func("/ctl/table/unfinished-row-is-not-shown", test_unfinished_row_is_not_shown);
        g_test_add_func("/ctl/table/colors-take-no-width", test_colors_take_no_width);

        return g_test_run();
}
