/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/nsswitch.h"

static void test_files_are_watched(void) {
        g_assert_false(nsswitch_asks_others("passwd: files\ngroup:files systemd\n"));
        g_assert_false(nsswitch_asks_others("passwd:\tcompat systemd\r\n"));
}

static void test_directories_are_asked(void) {
        g_assert_true(nsswitch_asks_others("passwd: files ldap\n"));
        g_assert_true(nsswitch_asks_others("passwd: files\n group :\tfiles [NOTFOUND=return] sss"));
        g_assert_true(nsswitch_asks_others("initgroups: winbind\n"));
        g_assert_true(nsswitch_asks_others("passwd: filesystem\n"));
}

static void test_other_databases_are_none_of_our_business(void) {
        g_assert_false(nsswitch_asks_others("hosts: files dns\nshadow: files sss\n"));
        g_assert_false(nsswitch_asks_others("passwd_compat: nis\n"));
}

static void test_comments_and_actions_are_no_sources(void) {
        g_assert_false(nsswitch_asks_others("#passwd: ldap\npasswd: files # ldap\n"));
        g_assert_false(nsswitch_asks_others("passwd: files [SUCCESS=merge] systemd [ldap"));
        g_assert_false(nsswitch_asks_others(""));
        g_assert_false(nsswitch_asks_others("passwd:"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/nsswitch/files-are-watched", test_files_are_watched);
        g_test_add_func("/nsswitch/directories-are-asked", test_directories_are_asked);
        g_test_add_func("/nsswitch/other-databases-are-none-of-our-business",
                        test_other_databases_are_none_of_our_business);
        g_test_add_func("/nsswitch/comments-and-actions-are-no-sources",
                        test_comments_and_actions_are_no_sources);
        return g_test_run();
}
