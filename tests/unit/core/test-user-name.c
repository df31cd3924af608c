/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Names as the user database of this host does not have them. The linker leads its reader here
 * (--wrap). */

#include <glib.h>
#include <pwd.h>
#include <string.h>

#include "core/identity.h"
#include "util/json.h"

static char name[32];

int __wrap_getpwuid_r(
                uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret);

int __wrap_getpwuid_r(
                uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret) {
        g_assert_cmpuint(size, >, 0);
        *buffer = 0;
        *entry = (struct passwd){ .pw_name = name, .pw_uid = uid };
        *ret = entry;
        return 0;
}

static void test_a_name_that_is_not_utf8_can_be_kept(void) {
        CLEANUP(last_change_done) LastChange change = {};
        CLEANUP(json_decrefp) json_t *json = NULL;

        (void) strcpy(name, "Ren\xe9");
        g_assert_cmpint(identity_begin_change("Enable", 1000, &change), ==, 0);
        g_assert_cmpstr(change.user, ==, "Ren?");

        json = last_change_to_json(&change);
        g_assert_nonnull(json);
        g_assert_cmpstr(json_string_value(json_object_get(json, "User")), ==, "Ren?");
}

static void test_other_names_stay(void) {
        CLEANUP(freep) char *found = NULL;

        (void) strcpy(name, "Ren\xc3\xa9");
        found = identity_user_name(1000);
        g_assert_cmpstr(found, ==, name);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/user-name/a-name-that-is-not-utf8-can-be-kept",
                        test_a_name_that_is_not_utf8_can_be_kept);
        g_test_add_func("/user-name/other-names-stay", test_other_names_stay);
        return g_test_run();
}
