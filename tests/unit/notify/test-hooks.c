/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <glib/gstdio.h>

#include "notify/hooks.h"

static void make_file(const char *folder, const char *name, unsigned mode) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_assert_true(g_file_set_contents(path, "", 0, NULL));
        g_assert_cmpint(g_chmod(path, mode), ==, 0);
}

static void remove_folder(const char *folder) {
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        const char *name;

        while ((name = g_dir_read_name(dir))) {
                g_autofree char *path = g_build_filename(folder, name, NULL);

                (void) g_remove(path);
        }
        (void) g_rmdir(folder);
}

static void test_only_programs_are_hooks_in_order(void) {
        g_autofree char *folder = g_dir_make_tmp(NULL, NULL);
        g_autofree char *first = g_build_filename(folder, "10-page", NULL);
        g_autofree char *second = g_build_filename(folder, "20-chat.py", NULL);
        g_autofree char *subfolder = g_build_filename(folder, "30-folder", NULL);
        CLEANUP(string_list_done) StringList hooks = {};

        make_file(folder, "20-chat.py", 0700);
        make_file(folder, "10-page", 0755);
        make_file(folder, "README", 0644);
        make_file(folder, ".swap", 0755);
        make_file(folder, "10-page~", 0755);
        make_file(folder, "10-page.dpkg-old", 0755);
        g_assert_cmpint(g_mkdir(subfolder, 0755), ==, 0);

        g_assert_cmpint(hooks_list(folder, &hooks), ==, 0);
        remove_folder(folder);
        g_assert_cmpuint(hooks.count, ==, 2);
        g_assert_cmpstr(hooks.items[0], ==, first);
        g_assert_cmpstr(hooks.items[1], ==, second);
}

static void test_there_are_so_many_at_most(void) {
        g_autofree char *folder = g_dir_make_tmp(NULL, NULL);
        CLEANUP(string_list_done) StringList hooks = {};

        for (unsigned i = 0; i < HOOKS_MAX + 3; i++) {
                g_autofree char *name = g_strdup_printf("%u", i);

                make_file(folder, name, 0755);
        }
        g_assert_cmpint(hooks_list(folder, &hooks), ==, 0);
        remove_folder(folder);
        g_assert_cmpuint(hooks.count, ==, HOOKS_MAX);
}

static void test_no_folder_has_none(void) {
        CLEANUP(string_list_done) StringList hooks = {};

        g_assert_cmpint(hooks_list("/nonexistent/notify.d", &hooks), ==, 0);
        g_assert_cmpuint(hooks.count, ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/notify/hooks/programs", test_only_programs_are_hooks_in_order);
        g_test_add_func("/notify/hooks/bounded", test_there_are_so_many_at_most);
        g_test_add_func("/notify/hooks/none", test_no_folder_has_none);

        return g_test_run();
}
