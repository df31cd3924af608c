/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "meter/store-subjects.h"

typedef struct Place {
        char *top;
        char *path;
        Store *store;
} Place;

static void place_done(Place *place) {
        static const char *const files[] = {
                "store/data.mdb",         "store/lock.mdb",         "store",
                "store.damaged/data.mdb", "store.damaged/lock.mdb", "store.damaged",
        };

        store_free(place->store);
        for (size_t i = 0; i < ELEMENTS_OF(files); i++) {
                g_autofree char *path = g_build_filename(place->top, files[i], NULL);

                (void) g_remove(path);
        }
        g_assert_cmpint(g_rmdir(place->top), ==, 0);
        g_free(place->top);
        g_free(place->path);
}

static void place_init(Place *place) {
        place->top = g_dir_make_tmp("test-store-subjects-XXXXXX", NULL);
        g_assert_nonnull(place->top);
        place->path = g_build_filename(place->top, "store", NULL);
        g_assert_cmpint(store_open(place->path, STORE_SUBJECTS, &place->store), ==, 0);
}

static void set(Store *store,
                SubjectKind kind,
                const char *name,
                uint32_t hourly,
                Suspension suspension) {
        const SubjectSettings settings = { .limits = { hourly, 0 }, .suspension = suspension };

        g_assert_cmpint(store_begin(store), ==, 0);
        g_assert_cmpint(store_put_subject(store, kind, name, &settings), ==, 0);
        g_assert_cmpint(store_commit(store), ==, 0);
}

static int list_subject(
                SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata) {
        g_string_append_printf(
                        userdata,
                        "%s:%s=%u ",
                        subject_kind_to_string(kind),
                        name,
                        settings->limits[WINDOW_HOUR]);
        return 0;
}

static void expect_list(Store *store, const char *after, const char *expected) {
        g_autoptr(GString) list = g_string_new("");

        g_assert_cmpint(store_list_subjects(store, SUBJECT_MAILBOX, after, list_subject, list),
                        ==,
                        0);
        g_assert_cmpstr(list->str, ==, expected);
}

static void test_what_is_set_is_found_and_listed_in_order(void) {
        CLEANUP(place_done) Place place = {};
        SubjectSettings found;
        size_t count;

        place_init(&place);
        set(place.store, SUBJECT_USER, "1000", 1, SUSPENSION_NONE);
        set(place.store, SUBJECT_MAILBOX, "b@d1.test", 2, SUSPENSION_NONE);
        set(place.store, SUBJECT_MAILBOX, "a@d1.test", 3, SUSPENSION_NONE);
        set(place.store, SUBJECT_DOMAIN, "d1.test", 4, SUSPENSION_NONE);

        g_assert_cmpint(store_find_subject(place.store, SUBJECT_MAILBOX, "a@d1.test", &found),
                        ==,
                        0);
        g_assert_cmpuint(found.limits[WINDOW_HOUR], ==, 3);
        g_assert_cmpint(store_find_subject(place.store, SUBJECT_DOMAIN, "1000", &found),
                        ==,
                        -ENOENT);
        g_assert_cmpint(store_count_subjects(place.store, &count), ==, 0);
        g_assert_cmpuint(count, ==, 4);
        expect_list(place.store,
                    NULL,
                    "domain:d1.test=4 mailbox:a@d1.test=3 mailbox:b@d1.test=2 user:1000=1 ");
        expect_list(place.store, "a@d1.test", "mailbox:b@d1.test=2 user:1000=1 ");
        expect_list(place.store, "aa", "mailbox:b@d1.test=2 user:1000=1 ");
        expect_list(place.store, "z", "user:1000=1 ");
}

static void test_settings_that_are_empty_remove_it(void) {
        CLEANUP(place_done) Place place = {};
        SubjectSettings found;
        size_t count;

        place_init(&place);
        set(place.store, SUBJECT_USER, "1000", 1, SUSPENSION_HOLD);
        set(place.store, SUBJECT_USER, "1000", 0, SUSPENSION_NONE);
        set(place.store, SUBJECT_USER, "1001", 0, SUSPENSION_NONE);

        g_assert_cmpint(store_find_subject(place.store, SUBJECT_USER, "1000", &found), ==, -ENOENT);
        g_assert_cmpint(store_count_subjects(place.store, &count), ==, 0);
        g_assert_cmpuint(count, ==, 0);
}

static void expect_suspended(Store *store, const char *expected) {
        g_autoptr(GString) list = g_string_new("");

        g_assert_cmpint(store_list_suspended(store, list_subject, list), ==, 0);
        g_assert_cmpstr(list->str, ==, expected);
}

static void test_suspended_ones_are_listed_alone(void) {
        CLEANUP(place_done) Place place = {};

        place_init(&place);
        set(place.store, SUBJECT_USER, "1000", 1, SUSPENSION_HOLD);
        set(place.store, SUBJECT_USER, "1001", 2, SUSPENSION_NONE);
        set(place.store, SUBJECT_USER, "1002", 3, SUSPENSION_REJECT);
        expect_suspended(place.store, "user:1000=1 user:1002=3 ");
        set(place.store, SUBJECT_USER, "1000", 1, SUSPENSION_NONE);
        expect_suspended(place.store, "user:1002=3 ");
}

static void test_change_is_seen_once_it_is_committed(void) {
        const SubjectSettings settings = { .limits = { 5, 0 } };
        CLEANUP(place_done) Place place = {};
        SubjectSettings found;

        place_init(&place);
        set(place.store, SUBJECT_USER, "1000", 1, SUSPENSION_NONE);
        g_assert_cmpint(store_find_subject(place.store, SUBJECT_USER, "1000", &found), ==, 0);
        g_assert_cmpint(store_begin(place.store), ==, 0);
        g_assert_cmpint(store_put_subject(place.store, SUBJECT_USER, "1000", &settings), ==, 0);
        g_assert_cmpint(store_find_subject(place.store, SUBJECT_USER, "1000", &found), ==, 0);
        g_assert_cmpuint(found.limits[WINDOW_HOUR], ==, 1);
        g_assert_cmpint(store_commit(place.store), ==, 0);
        g_assert_cmpint(store_find_subject(place.store, SUBJECT_USER, "1000", &found), ==, 0);
        g_assert_cmpuint(found.limits[WINDOW_HOUR], ==, 5);
}

static void test_damage_is_found(void) {
        CLEANUP(place_done) Place place = {};
        g_autofree char *file = NULL;
        char noise[16384];

        place_init(&place);
        for (unsigned i = 0; i < 200; i++) {
                char name[16];

                g_snprintf(name, sizeof(name), "%u", i);
                set(place.store, SUBJECT_USER, name, 1, SUSPENSION_HOLD);
        }
        place.store = store_free(place.store);
        g_assert_cmpint(store_check(place.path, STORE_SUBJECTS), ==, 0);

        memset(noise, 0xa5, sizeof(noise));
        file = g_build_filename(place.path, "data.mdb", NULL);
        g_assert_true(g_file_set_contents(file, noise, sizeof(noise), NULL));
        g_assert_cmpint(store_check(place.path, STORE_SUBJECTS), ==, STORE_E_DAMAGED);
        g_assert_cmpint(store_set_aside(place.path), ==, 0);
        g_assert_cmpint(store_check(place.path, STORE_SUBJECTS), ==, 0);
}

#define CASE(name, function) g_test_add_func("/store-subjects/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("what-is-set-is-found-and-listed-in-order",
             test_what_is_set_is_found_and_listed_in_order);
        CASE("settings-that-are-empty-remove-it", test_settings_that_are_empty_remove_it);
        CASE("suspended-ones-are-listed-alone", test_suspended_ones_are_listed_alone);
        CASE("change-is-seen-once-it-is-committed", test_change_is_seen_once_it_is_committed);
        CASE("damage-is-found", test_damage_is_found);

        return g_test_run();
}
