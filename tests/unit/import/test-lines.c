/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "import/lines.h"
#include "util/text.h"

static void test_lines_end_with_either_end(void) {
        char text[] = "a\r\n\nb \nlast";
        Lines lines = { .rest = text, .size = sizeof(text) - 1 };

        g_assert_cmpstr(lines_next(&lines), ==, "a");
        g_assert_cmpstr(lines_next(&lines), ==, "");
        g_assert_cmpstr(lines_next(&lines), ==, "b ");
        g_assert_cmpstr(lines_next(&lines), ==, "last");
        g_assert_cmpuint(lines.number, ==, 4);
        g_assert_null(lines_next(&lines));
}

static void test_nothing_has_no_lines(void) {
        char text[] = "";
        Lines lines = { .rest = text };

        g_assert_null(lines_next(&lines));
}

static void test_what_follows_a_nul_is_not_seen(void) {
        char text[] = "a\0hidden=1\nb";
        Lines lines = { .rest = text, .size = sizeof(text) - 1 };

        g_assert_cmpstr(lines_next(&lines), ==, "a");
        g_assert_cmpstr(lines_next(&lines), ==, "b");
}

static void assert_setting(const char *line, const char *name, const char *value) {
        CLEANUP(freep) char *copy = g_strdup(line);
        Setting setting;

        g_assert_cmpint(setting_from_line(copy, &setting), ==, name != NULL);
        if (name) {
                g_assert_cmpstr(setting.name, ==, name);
                g_assert_cmpstr(setting.value, ==, value);
        }
}

static void test_settings_are_read_with_and_without_quotes(void) {
        assert_setting("a=b", "a", "b");
        assert_setting("\t a = \"b c\" # why", "a", "b c");
        assert_setting("a=", "a", "");
        assert_setting("a=\"", "a", "");
        assert_setting("a=b=c", "a", "b=c");
}

static void test_other_lines_are_no_settings(void) {
        assert_setting("", NULL, NULL);
        assert_setting("# a=b", NULL, NULL);
        assert_setting("=b", NULL, NULL);
        assert_setting("a b", NULL, NULL);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define TEST(name) g_test_add_func("/import/lines/" #name, test_##name)
        TEST(lines_end_with_either_end);
        TEST(nothing_has_no_lines);
        TEST(what_follows_a_nul_is_not_seen);
        TEST(settings_are_read_with_and_without_quotes);
        TEST(other_lines_are_no_settings);

        return g_test_run();
}
