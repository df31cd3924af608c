/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/fd.h"

static int file_of(const char *text) {
        int fd = memfd_create("test", MFD_CLOEXEC);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(fd_write_all(fd, text, strlen(text)), ==, 0);
        g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
        return fd;
}

/* `wanted` NULL: none is found. */
static void assert_found(const char *text, const char *begin, const char *wanted) {
        CLEANUP(fd_closep) int fd = file_of(text);
        CLEANUP(freep) char *line = NULL;

        g_assert_cmpint(fd_find_line(fd, begin, &line), ==, wanted ? 1 : 0);
        g_assert_cmpstr(line, ==, wanted);
}

static void test_a_line_is_found_by_its_beginning_alone(void) {
        assert_found("a:1\nb:2\nc:3\n", "a:", "a:1");
        assert_found("a:1\nb:2\nc:3\n", "b:", "b:2");
        assert_found("a:1\nab:2\n b:3\n", "b:", NULL);
        assert_found("a:b:2\n", "b:", NULL);
        assert_found("", "b:", NULL);
        assert_found("\n\nb:\n", "b:", "b:");
}

static void test_the_first_one_is_found(void) {
        assert_found("b:1\nb:2\n", "b:", "b:1");
}

static void test_the_last_line_needs_no_end(void) {
        assert_found("a:1\nb:2", "b:", "b:2");
        assert_found("a:1\nb", "b:", NULL);
        assert_found("b:2", "b:", "b:2");
}

/* Wherever the pieces end in which the file is read. */
static void test_each_of_many_lines_is_found(void) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (unsigned i = 0; i < 20000; i++)
                g_string_append_printf(text, "user%u:x:%u:%u\n", i, i, i % 7);

        for (unsigned i = 0; i < 20000; i += 61) {
                g_autofree char *begin = g_strdup_printf("user%u:", i);
                g_autofree char *wanted = g_strdup_printf("user%u:x:%u:%u", i, i, i % 7);

                assert_found(text->str, begin, wanted);
        }
        assert_found(text->str, "user20000:", NULL);
}

static void test_a_line_may_be_as_long_as_the_maximum_says(void) {
        for (unsigned more = 0; more < 3; more++) {
                g_autofree char *line = g_strnfill(FD_LINE_MAX - 3 + more, 'x');
                g_autofree char *text = g_strdup_printf("a\n%s\nb:2\n", line);

                assert_found(text, "xx", more < 2 ? line : NULL);
                assert_found(text, "b:", more < 2 ? "b:2" : NULL);
        }
}

static void test_what_cannot_be_read_is_an_error(void) {
        CLEANUP(freep) char *line = NULL;
        int ends[2];

        g_assert_cmpint(pipe(ends), ==, 0);
        g_assert_cmpint(fd_find_line(ends[1], "a", &line), ==, -EBADF);
        g_assert_null(line);
        fd_close(ends[0]);
        fd_close(ends[1]);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/fd/found-by-its-beginning", test_a_line_is_found_by_its_beginning_alone);
        g_test_add_func("/fd/the-first-one", test_the_first_one_is_found);
        g_test_add_func("/fd/last-line-without-end", test_the_last_line_needs_no_end);
        g_test_add_func("/fd/each-of-many-lines", test_each_of_many_lines_is_found);
        g_test_add_func("/fd/longest-line", test_a_line_may_be_as_long_as_the_maximum_says);
        g_test_add_func("/fd/unreadable", test_what_cannot_be_read_is_an_error);

        return g_test_run();
}
