/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "exim/confd.h"

/* Is the last of these files read? */
static bool is_read(const char *const names[]) {
        CLEANUP(string_list_done) StringList files = {};
        const char *last = NULL;

        for (size_t i = 0; names[i]; i++) {
                last = names[i];
                g_assert_cmpint(string_list_append(&files, last), ==, 0);
        }
        string_list_sort_unique(&files);

        return exim_confd_is_read(&files, last);
}

#define IS_READ(...) is_read((const char *const[]){ __VA_ARGS__, NULL })

static void test_plain_names_are_read(void) {
        g_assert_true(IS_READ("/c/main/01_exim4-config_a"));
        g_assert_true(IS_READ("/c/main/000_smtp-restrictions"));
}

static void test_names_with_other_characters_are_passed_over(void) {
        g_assert_false(IS_READ("/c/main/01_a.dpkg-dist"));
        g_assert_false(IS_READ("/c/main/01_a~"));
        g_assert_false(IS_READ("/c/main/.01_a"));
        g_assert_false(IS_READ("/c/main/01 a"));
}

static void test_rul_stands_in_for_the_file_of_its_name(void) {
        g_assert_true(IS_READ("/c/main/01_a", "/c/main/01_a.rul"));
        g_assert_false(IS_READ("/c/main/01_a.rul", "/c/main/01_a"));
}

static void test_rul_without_a_file_of_its_name_is_passed_over(void) {
        g_assert_false(IS_READ("/c/main/01_a.rul"));
        g_assert_false(IS_READ("/c/acl/01_a", "/c/main/01_a.rul"));
        g_assert_false(IS_READ("/c/main/.rul"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/confd/" #name, test_##name)
        ADD(plain_names_are_read);
        ADD(names_with_other_characters_are_passed_over);
        ADD(rul_stands_in_for_the_file_of_its_name);
        ADD(rul_without_a_file_of_its_name_is_passed_over);
#undef ADD

        return g_test_run();
}
