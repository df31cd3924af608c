/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "meter/stopped.h"

static Stopped *stopped_with(size_t count_max) {
        static const HashKey key = { { 1, 2 } };
        Stopped *stopped;

        g_assert_cmpint(stopped_new(&key, count_max, &stopped), ==, 0);
        return stopped;
}

static void add(Stopped *stopped, const char *id, const char *domain, const char *user) {
        const char *names[_SUBJECT_KIND_MAX] = { domain, "", user };

        stopped_add(stopped, id, names);
}

static void list(const char *id, void *userdata) {
        g_string_append_printf(userdata, "%s ", id);
}

static void expect(Stopped *stopped, size_t count_max, const char *expected) {
        g_autoptr(GString) found = g_string_new("");

        (void) stopped_take(stopped, count_max, list, found);
        g_assert_cmpstr(found->str, ==, expected);
}

static void test_mail_of_who_is_resumed_is_named_once(void) {
        CLEANUP(stopped_freep) Stopped *stopped = stopped_with(10);

        add(stopped, "a", "d1.test", "1000");
        add(stopped, "b", "d1.test", "1001");
        add(stopped, "c", "d2.test", NULL);
        add(stopped, "a", "d1.test", "1000");
        expect(stopped, 10, "");
        stopped_resume(stopped, SUBJECT_USER, "1001");
        stopped_resume(stopped, SUBJECT_MAILBOX, "d2.test");
        stopped_resume(stopped, SUBJECT_MAILBOX, "");
        expect(stopped, 10, "b ");
        stopped_resume(stopped, SUBJECT_DOMAIN, "d1.test");
        expect(stopped, 10, "a ");
        expect(stopped, 10, "");
}

static void test_no_more_are_named_than_asked_for_and_none_is_left_out(void) {
        CLEANUP(stopped_freep) Stopped *stopped = stopped_with(10);

        add(stopped, "a", "d1.test", NULL);
        add(stopped, "b", "d1.test", NULL);
        add(stopped, "c", "d1.test", NULL);
        stopped_resume(stopped, SUBJECT_DOMAIN, "d1.test");
        expect(stopped, 2, "a b ");
        g_assert_true(stopped_has_due(stopped));
        expect(stopped, 2, "c ");
        g_assert_false(stopped_has_due(stopped));
}

/* The other one that it belongs to is suspended, too. */
static void test_what_is_stopped_again_waits_again(void) {
        CLEANUP(stopped_freep) Stopped *stopped = stopped_with(10);

        add(stopped, "a", "d1.test", "1000");
        stopped_resume(stopped, SUBJECT_DOMAIN, "d1.test");
        add(stopped, "a", "d1.test", "1000");
        expect(stopped, 10, "");
        stopped_resume(stopped, SUBJECT_USER, "1000");
        expect(stopped, 10, "a ");
}

static void test_latest_ones_are_known(void) {
        CLEANUP(stopped_freep) Stopped *stopped = stopped_with(2);

        add(stopped, "a", "d1.test", NULL);
        add(stopped, "b", "d1.test", NULL);
        add(stopped, "a", "d1.test", NULL);
        add(stopped, "c", "d1.test", NULL);
        stopped_resume(stopped, SUBJECT_DOMAIN, "d1.test");
        add(stopped, "d", "d1.test", NULL);
        expect(stopped, 10, "c ");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/meter/stopped/resumed", test_mail_of_who_is_resumed_is_named_once);
        g_test_add_func("/meter/stopped/some",
                        test_no_more_are_named_than_asked_for_and_none_is_left_out);
        g_test_add_func("/meter/stopped/again", test_what_is_stopped_again_waits_again);
        g_test_add_func("/meter/stopped/bound", test_latest_ones_are_known);

        return g_test_run();
}
