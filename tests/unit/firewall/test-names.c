/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dlfcn.h>
#include <glib.h>
#include <grp.h>
#include <pwd.h>

#include "firewall/firewall.h"

typedef void *(*FindByName)(const char *name);

/* The function that a library gets when it calls this name. */
static FindByName of_libraries(const char *function) {
        FindByName found = (FindByName) dlsym(RTLD_DEFAULT, function);

        g_assert_nonnull((const void *) found);
        return found;
}

static void test_a_library_finds_no_user_by_name(void) {
        g_assert_null(of_libraries("getpwnam")("root"));
}

static void test_a_library_finds_no_group_by_name(void) {
        g_assert_null(of_libraries("getgrnam")("root"));
}

static void test_we_find_users_by_name(void) {
        struct passwd entry, *found = NULL;
        char buffer[4096];

        g_assert_cmpint(getpwnam_r("root", &entry, buffer, sizeof(buffer), &found), ==, 0);
        g_assert_nonnull(found);
}

static void test_the_firewall_works_without_names(void) {
        CLEANUP(firewall_freep) Firewall *firewall = NULL;

        g_assert_cmpint(firewall_new(&firewall), ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/names/a-library-finds-no-user", test_a_library_finds_no_user_by_name);
        g_test_add_func("/names/a-library-finds-no-group", test_a_library_finds_no_group_by_name);
        g_test_add_func("/names/we-find-users", test_we_find_users_by_name);
        g_test_add_func("/names/the-firewall-works-without", test_the_firewall_works_without_names);

        return g_test_run();
}
