/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "ctl/paint.h"

static const Style plain = { .colors = false, .width = 80 };
static const Style colored = { .colors = true, .width = 80 };

static void test_colors_end_where_they_began(void) {
        CLEANUP(text_done) Text text = {};

        paint_append(&text, &colored, COLOR_RED, "no");
        paint_append(&text, &colored, COLOR_NONE, "!");

        g_assert_cmpstr(text.data, ==, "\x1b[1;31mno\x1b[0m!");
}

static void test_without_colors_there_is_only_text(void) {
        CLEANUP(text_done) Text text = {};

        paint_append(&text, &plain, COLOR_RED, "no");

        g_assert_cmpstr(text.data, ==, "no");
}

static void test_foreign_text_cannot_command_the_terminal(void) {
        CLEANUP(text_done) Text text = {};

        paint_append(&text,
                     &plain,
                     COLOR_NONE,
                     "a\x1b[2Jb\r\n\x7f\xc2\x9b"
                     "c");

        g_assert_cmpstr(text.data, ==, "a\\x1b[2Jb\\x0d\\x0a\\x7f\\x9bc");
}

static void test_lines_and_tabs_of_files_stay(void) {
        CLEANUP(text_done) Text text = {};

        paint_append_lines(&text, &plain, COLOR_NONE, "\tone\n\n\ttwo\x1b\n");

        g_assert_cmpstr(text.data, ==, "\tone\n\n\ttwo\\x1b\n");
}

static void test_last_line_gets_its_end(void) {
        CLEANUP(text_done) Text text = {};

        paint_append_lines(&text, &plain, COLOR_NONE, "one");

        g_assert_cmpstr(text.data, ==, "one\n");
}

static void test_width_counts_characters_as_shown(void) {
        g_assert_cmpuint(paint_width("abc", 3), ==, 3);
        g_assert_cmpuint(paint_width("\xc3\xa4\xe2\x82\xac", 5), ==, 2);
        g_assert_cmpuint(paint_width("a\x1b", 2), ==, 5);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ctl/paint/colors-end-where-they-began", test_colors_end_where_they_began);
        g_test_add_func("/ctl/paint/without-colors-there-is-only-text",
                        test_without_colors_there_is_only_text);
        g_test_add_func("/ctl/paint/foreign-text-cannot-command-the-terminal",
                        test_foreign_text_cannot_command_the_terminal);
        g_test_add_func("/ctl/paint/lines-and-tabs-of-files-stay",
                        test_lines_and_tabs_of_files_stay);
        g_test_add_func("/ctl/paint/last-line-gets-its-end", test_last_line_gets_its_end);
        g_test_add_func("/ctl/paint/width-counts-characters-as-shown",
                        test_width_counts_characters_as_shown);

        return g_test_run();
}
