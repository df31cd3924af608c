/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "meter/suspended-list.h"

static int note(SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata) {
        g_string_append_printf(
                        userdata,
                        "%s:%s=%s@%" G_GUINT64_FORMAT "/%u ",
                        subject_kind_to_string(kind),
                        name,
                        suspension_to_string(settings->suspension),
                        settings->suspended_usec,
                        settings->suspended_by);
        return 0;
}

static void expect_read(const char *text, size_t size, const char *expected) {
        g_autoptr(GString) list = g_string_new("");

        g_assert_cmpint(suspended_list_read(text, size, note, list), ==, 0);
        g_assert_cmpstr(list->str, ==, expected);
}

static void test_list_is_what_lsearch_reads(void) {
        const SubjectSettings hold = { .suspension = SUSPENSION_HOLD,
                                       .suspended_usec = 5,
                                       .suspended_by = 0 };
        const SubjectSettings reject = { .suspension = SUSPENSION_REJECT,
                                         .suspended_usec = 6,
                                         .suspended_by = 1000 };
        CLEANUP(text_done) Text text = {};

        suspended_list_begin(&text);
        suspended_list_append(&text, SUBJECT_DOMAIN, "d1.test", &hold);
        suspended_list_append(&text, SUBJECT_MAILBOX, "bob: \"x\"\n@d1.test", &reject);
        suspended_list_append(&text, SUBJECT_USER, "1000", &hold);

        g_assert_true(g_str_has_prefix(text.data, "#"));
        g_assert_nonnull(strstr(text.data, "\ndZDEudGVzdA==: hold 5 0\nm"));
        g_assert_true(g_str_has_suffix(text.data, "\nu1000: hold 5 0\n"));
        expect_read(text.data,
                    text.size,
                    "domain:d1.test=hold@5/0 mailbox:bob: \"x\"\n@d1.test=reject@6/1000 "
                    "user:1000=hold@5/0 ");
}

static void test_longest_name_comes_back(void) {
        const SubjectSettings hold = { .suspension = SUSPENSION_HOLD };
        g_autofree char *name = g_strnfill(SUBJECT_SETTINGS_NAME_MAX, 'a');
        g_autofree char *expected = g_strdup_printf("mailbox:%s=hold@0/0 ", name);
        CLEANUP(text_done) Text text = {};

        suspended_list_append(&text, SUBJECT_MAILBOX, name, &hold);
        expect_read(text.data, text.size, expected);
}

static void test_other_lines_are_passed_over(void) {
        static const char text[] =
                        "\n#x\nu1: none 1 1\nu1: hold 1\nu1: hold 1 1 1\nu-1: hold 1 1\n"
                        "u1:hold 1 1\nd: hold 1 1\ndZDEudGVzdA: hold 1 1\nm!!!!: hold 1 1\n"
                        "x1: hold 1 1\nu\0001: hold 1 1\nmAGE=: hold 1 1\nu2: hold 1 1";

        expect_read(text, sizeof(text) - 1, "user:2=hold@1/1 ");
        expect_read("", 0, "");
}

#define CASE(name, function) g_test_add_func("/suspended-list/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("list-is-what-lsearch-reads", test_list_is_what_lsearch_reads);
        CASE("longest-name-comes-back", test_longest_name_comes_back);
        CASE("other-lines-are-passed-over", test_other_lines_are_passed_over);

        return g_test_run();
}
