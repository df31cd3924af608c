/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "exim/includes.h"
#include "util/text.h"

static void parse(const char *output, EximIncludes *ret) {
        g_assert_cmpint(exim_includes_parse(output, ret), ==, 0);
}

static void assert_include(
                const EximInclude *include, const char *parent, size_t line, const char *path) {
        g_assert_cmpstr(include->parent, ==, parent);
        g_assert_cmpuint(include->line, ==, line);
        g_assert_cmpstr(include->path, ==, path);
}

static void test_included_files_have_the_lines_that_include_them(void) {
        CLEANUP(exim_includes_done) EximIncludes includes = {};

        /* as Exim 4.96 printed it */
        parse("# Exim Configuration (4.96)\n"
              "# 1 \"/t/main\"\n# 1 \"/t/main\"\n# 1 \"/t/one\"\nrecipients_max = 7\n"
              "# 1 \"/t/main\"\n# 3 \"/t/main\"\n# 1 \"/t/sub/two\"\n# 1 \"/t/sub/two\"\n"
              "# 1 \"/t/sub/three\"\nsmtp_accept_queue=0\n# 1 \"/t/sub/two\"\n"
              "qualify_domain = y.test\n# 3 \"/t/main\"\n",
              &includes);
        g_assert_cmpuint(includes.count, ==, 3);
        assert_include(&includes.items[0], "/t/main", 1, "/t/one");
        assert_include(&includes.items[1], "/t/main", 3, "/t/sub/two");
        assert_include(&includes.items[2], "/t/sub/two", 1, "/t/sub/three");
}

static void test_include_without_any_line_is_passed_over(void) {
        CLEANUP(exim_includes_done) EximIncludes includes = {};

        /* Line 1 includes an empty file, line 2 a directory. */
        parse("# 1 \"/t/main\"\n# 1 \"/t/main\"\n# 1 \"/t/main\"\n# 2 \"/t/main\"\n"
              "# 2 \"/t/main\"\n# 3 \"/t/main\"\n# 1 \"/t/one\"\nx = y\n# 3 \"/t/main\"\n",
              &includes);
        g_assert_cmpuint(includes.count, ==, 1);
        assert_include(&includes.items[0], "/t/main", 3, "/t/one");
}

static void test_end_of_the_main_section_is_in_the_file_that_ends_it(void) {
        CLEANUP(exim_includes_done) EximIncludes includes = {};

        parse("# 1 \"/m\"\n# 1 \"/m\"\n# 1 \"/a\"\nx = y\n# 1 \"/m\"\n"
              "# 2 \"/m\"\n# 1 \"/b\"\n# 1 \"/b\"\n# 1 \"/c\"\nBegin  acl\n# 1 \"/b\"\n"
              "# 2 \"/b\"\n# 1 \"/d\"\naccept\n# 2 \"/b\"\n# 2 \"/m\"\n",
              &includes);
        g_assert_cmpuint(includes.count, ==, 4);
        for (size_t i = 0; i < includes.count; i++) {
                const EximInclude *include = &includes.items[i];
                char name = include->path[1];

                g_assert_true(include->in_main == (name != 'd'));
                g_assert_true(include->ends_main == (name == 'b' || name == 'c'));
        }
}

static void test_only_what_is_read_in_the_main_section_counts(void) {
        CLEANUP(exim_includes_done) EximIncludes includes = {};

        parse("# 1 \"/m\"\n# 1 \"/m\"\n# 1 \"/a\"\nx = y\n# 1 \"/m\"\nbegin acl\n"
              "# 3 \"/m\"\n# 1 \"/b\"\nx:\n# 3 \"/m\"\n",
              &includes);
        g_assert_true(exim_includes_have(&includes, "/a"));
        g_assert_false(exim_includes_have(&includes, "/b"));
        g_assert_false(exim_includes_have(&includes, "/m"));
}

static void test_includes_are_compared_by_their_files(void) {
        CLEANUP(exim_includes_done) EximIncludes a = {}, b = {}, c = {}, d = {};

        parse("# 1 \"/m\"\n# 1 \"/m\"\n# 1 \"/a\"\nx = y\n# 1 \"/m\"\n", &a);
        parse("# 1 \"/m\"\n# 9 \"/m\"\n# 1 \"/a\"\nx = y\n# 9 \"/m\"\n", &b);
        parse("# 1 \"/m\"\n# 1 \"/m\"\n# 1 \"/c\"\nx = y\n# 1 \"/m\"\n", &c);
        parse("# 1 \"/m\"\nx = y\n", &d);
        g_assert_true(exim_includes_name_the_same(&a, &b));
        g_assert_false(exim_includes_name_the_same(&a, &c));
        g_assert_false(exim_includes_name_the_same(&a, &d));
}

static void test_what_cannot_be_followed_is_not_guessed_at(void) {
        static const char *const outputs[] = {
                "# 1 \"/m\"\n# 1 \"/m\"\n",                            /* no end */
                "# 1 \"/m\"\n# 1 \"/m\"\n# 1 \"/a\"\nx\n",             /* nor here */
                "# 1 \"/m\"\n# 4 \"/a\"\n",                            /* from nowhere */
                "# 1 \"/m\"\n# 2 \"/m\"\n# 2 \"/a\"\n# 2 \"/m\"\n",    /* not its first line */
                "# 1 \"/m\"\n# 2 \"/m\"\n# 1 \"/a\"\nx\n# 3 \"/m\"\n", /* back elsewhere */
                "# 1 \"/m\"\n# 0 \"/m\"\n",                            /* no line */
                "# 1 \"/m\"\n# 2 \"/m\"\n# 3 \"/m\"\n",                /* two at once */
                "# 1 \"/m\"\n# 2 \"/m\"\n# 1 \"/a\"\n# 2 \"/a\"\n# 1 \"/m\"\n", /* itself */
                ("# 1 \"/m\"\n# 2 \"/m\"\n# 1 \"/a\"\n# 3 \"/a\"\n# 1 \"/b\"\n# 5 \"/b\"\n# 1 "
                 "\"/a\"\n"),
        };

        for (size_t i = 0; i < G_N_ELEMENTS(outputs); i++) {
                CLEANUP(exim_includes_done) EximIncludes includes = {};

                g_assert_cmpint(exim_includes_parse(outputs[i], &includes), ==, -EBADMSG);
        }
}

static void test_includes_are_bounded(void) {
        CLEANUP(exim_includes_done) EximIncludes includes = {};
        g_autoptr(GString) output = g_string_new("# 1 \"/m\"\n");

        for (int i = 0; i < EXIM_INCLUDES_MAX; i++)
                g_string_append(output, "# 2 \"/m\"\n# 1 \"/a\"\nx\n# 2 \"/m\"\n");
        parse(output->str, &includes);
        g_assert_cmpuint(includes.count, ==, EXIM_INCLUDES_MAX);

        exim_includes_done(&includes);
        g_string_append(output, "# 2 \"/m\"\n# 1 \"/a\"\nx\n# 2 \"/m\"\n");
        g_assert_cmpint(exim_includes_parse(output->str, &includes), ==, -E2BIG);
}

static const char text[] = "# .include /comment\n"
                           ".include one\n"
                           "WHOLE\n"
                           "x = \\\n"
                           "  .include_if_exists \"/two\"  \r\n"
                           ".includes\n"
                           ".include three";

static void test_include_is_known_by_its_place_among_them(void) {
        size_t index;

        g_assert_cmpint(exim_include_find(text, strlen(text), 5, &index), ==, 0);
        g_assert_cmpuint(index, ==, 1);
        g_assert_true(exim_include_at(text, strlen(text), 1) ==
                      strstr(text, "  .include_if_exists"));
        g_assert_null(exim_include_at(text, strlen(text), 3));
}

static void test_include_that_a_macro_makes_is_not_found(void) {
        size_t index;

        g_assert_cmpint(exim_include_find(text, strlen(text), 3, &index), ==, -ENOENT);
        g_assert_cmpint(exim_include_find(text, strlen(text), 1, &index), ==, -ENOENT);
        g_assert_cmpint(exim_include_find(text, strlen(text), 99, &index), ==, -ENOENT);
}

static void test_rewritten_includes_name_other_files_and_all_else_stays(void) {
        static const char *const paths[] = { NULL, "/d/.two.new", "/d/.three.new" };
        CLEANUP(freep) char *rewritten = NULL;
        size_t size;

        g_assert_cmpint(exim_includes_rewrite(text, strlen(text), paths, 3, &rewritten, &size),
                        ==,
                        0);
        g_assert_cmpstr(rewritten,
                        ==,
                        "# .include /comment\n"
                        ".include one\n"
                        "WHOLE\n"
                        "x = \\\n"
                        ".include \"/d/.two.new\"\n"
                        ".includes\n"
                        ".include \"/d/.three.new\"\n");
        g_assert_cmpuint(size, ==, strlen(rewritten));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/includes/included_files_have_the_lines_that_include_them",
                        test_included_files_have_the_lines_that_include_them);
        g_test_add_func("/includes/include_without_any_line_is_passed_over",
                        test_include_without_any_line_is_passed_over);
        g_test_add_func("/includes/end_of_the_main_section_is_in_the_file_that_ends_it",
                        test_end_of_the_main_section_is_in_the_file_that_ends_it);
        g_test_add_func("/includes/only_what_is_read_in_the_main_section_counts",
                        test_only_what_is_read_in_the_main_section_counts);
        g_test_add_func("/includes/includes_are_compared_by_their_files",
                        test_includes_are_compared_by_their_files);
        g_test_add_func("/includes/what_cannot_be_followed_is_not_guessed_at",
                        test_what_cannot_be_followed_is_not_guessed_at);
        g_test_add_func("/includes/includes_are_bounded", test_includes_are_bounded);
        g_test_add_func("/includes/include_is_known_by_its_place_among_them",
                        test_include_is_known_by_its_place_among_them);
        g_test_add_func("/includes/include_that_a_macro_makes_is_not_found",
                        test_include_that_a_macro_makes_is_not_found);
        g_test_add_func("/includes/rewritten_includes_name_other_files_and_all_else_stays",
                        test_rewritten_includes_name_other_files_and_all_else_stays);

        return g_test_run();
}
