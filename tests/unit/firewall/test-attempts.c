/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "firewall/attempts.h"

static void append(Attempts *attempts, AttemptSet set, uint32_t uid, uint8_t last, uint64_t count) {
        g_assert_cmpint(attempts_append(attempts,
                                        &(Attempt){
                                                        .set = set,
                                                        .uid = uid,
                                                        .address = { 203, 0, 113, last },
                                                        .port = 25,
                                                        .packets = count,
                                                        .expires_msec = 1000,
                                        }),
                        ==,
                        0);
}

static void test_of_a_user_the_total_comes_first_then_the_most(void) {
        CLEANUP(attempts_done) Attempts attempts = {};

        append(&attempts, ATTEMPTS_REJECT_V4, 1001, 1, 3);
        append(&attempts, ATTEMPTS_OBSERVE_V4, 1001, 2, 9);
        append(&attempts, ATTEMPTS_USERS, 1001, 0, 1);
        append(&attempts, ATTEMPTS_USERS, 1000, 0, 100);
        attempts_sort(&attempts);

        g_assert_cmpuint(attempts.count, ==, 4);
        g_assert_cmpuint(attempts.items[0].uid, ==, 1000);
        g_assert_cmpint(attempts.items[1].set, ==, ATTEMPTS_USERS);
        g_assert_cmpuint(attempts.items[2].packets, ==, 9);
        g_assert_cmpuint(attempts.items[3].packets, ==, 3);
}

static void test_an_element_that_is_listed_twice_counts_once(void) {
        CLEANUP(attempts_done) Attempts attempts = {};

        append(&attempts, ATTEMPTS_REJECT_V4, 1000, 1, 3);
        append(&attempts, ATTEMPTS_REJECT_V4, 1000, 2, 3);
        append(&attempts, ATTEMPTS_REJECT_V4, 1000, 1, 4); /* moved on meanwhile */
        attempts_sort(&attempts);

        g_assert_cmpuint(attempts.count, ==, 2);
}

static void test_none_can_be_sorted(void) {
        CLEANUP(attempts_done) Attempts attempts = {};

        attempts_sort(&attempts);
        g_assert_cmpuint(attempts.count, ==, 0);
}

static void test_more_than_the_kernel_keeps_are_refused(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        const Attempt attempt = { .expires_msec = 1 };

        for (size_t i = 0; i < ATTEMPTS_MAX; i++)
                g_assert_cmpint(attempts_append(&attempts, &attempt), ==, 0);
        g_assert_cmpint(attempts_append(&attempts, &attempt), ==, -E2BIG);
}

static void test_each_set_is_found_by_its_name(void) {
        AttemptSet found;

        for (AttemptSet i = 0; i < _ATTEMPT_SET_MAX; i++) {
                g_assert_true(attempt_set_from_name(attempt_set_name(i), &found));
                g_assert_cmpint(found, ==, i);
        }
        g_assert_false(attempt_set_from_name("uids", &found));
        g_assert_false(attempt_set_from_name(NULL, &found));
}

/* Added first: nft has no deletion of what may be gone. */
static void test_what_may_be_gone_can_be_removed(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(text_done) Text text = {};

        append(&attempts, ATTEMPTS_REJECT_V4, 1000, 25, 3);
        attempts_append_removal(&text, &attempts);

        g_assert_cmpstr(text.data,
                        ==,
                        "add element inet smtp_restrictions rejected4 { 1000 . 203.0.113.25 . 25\n"
                        "}\n"
                        "delete element inet smtp_restrictions rejected4 { 1000 . 203.0.113.25 . 25"
                        "\n}\n");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/attempts/of-a-user-the-total-comes-first-then-the-most",
                        test_of_a_user_the_total_comes_first_then_the_most);
        g_test_add_func("/attempts/an-element-that-is-listed-twice-counts-once",
                        test_an_element_that_is_listed_twice_counts_once);
        g_test_add_func("/attempts/none-can-be-sorted", test_none_can_be_sorted);
        g_test_add_func("/attempts/more-than-the-kernel-keeps-are-refused",
                        test_more_than_the_kernel_keeps_are_refused);
        g_test_add_func("/attempts/each-set-is-found-by-its-name",
                        test_each_set_is_found_by_its_name);
        g_test_add_func("/attempts/what-may-be-gone-can-be-removed",
                        test_what_may_be_gone_can_be_removed);
        return g_test_run();
}
