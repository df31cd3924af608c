/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "core/attempt-list.h"

#define NOW (2000000000 * USEC_PER_SEC)

/* The last attempt was so many milliseconds ago. */
static void append(
                Attempts *attempts, AttemptSet set, uint32_t uid, uint64_t packets, uint64_t ago) {
        g_assert_cmpint(attempts_append(attempts,
                                        &(Attempt){
                                                        .set = set,
                                                        .uid = uid,
                                                        .address = { 203,
                                                                     0,
                                                                     113,
                                                                     (uint8_t) packets },
                                                        .port = 25,
                                                        .packets = packets,
                                                        .expires_msec = attempt_set_timeout_msec(
                                                                                        set) -
                                                                        ago,
                                        }),
                        ==,
                        0);
}

static void make(
                Attempts *attempts,
                const AttemptBook *book,
                const uint32_t *uid,
                AttemptFilter filter,
                AttemptList *ret) {
        attempts_sort(attempts);
        if (filter.most == 0)
                filter.most = 1000;
        g_assert_cmpint(attempt_list_make(attempts, book, uid, &filter, NOW, ret), ==, 0);
}

static void test_users_come_with_their_destinations(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(attempt_book_done) AttemptBook book = {};
        CLEANUP(attempt_list_done) AttemptList list = {};

        append(&attempts, ATTEMPTS_USERS, 1000, 5, 7);
        append(&attempts, ATTEMPTS_REJECT_V4, 1000, 3, 7);
        append(&attempts, ATTEMPTS_OBSERVE_V4, 1000, 2, 100);
        append(&attempts, ATTEMPTS_USERS, 1001, 9, 50);
        g_assert_cmpint(attempt_book_note(&book, 1000, 42), ==, 0);
        make(&attempts, &book, NULL, (AttemptFilter){}, &list);

        g_assert_cmpuint(list.count, ==, 2);
        g_assert_cmpuint(list.users[0].uid, ==, 1001);
        g_assert_cmpuint(list.users[0].first_usec, ==, NOW - 50 * 1000); /* as far as known */
        g_assert_cmpuint(list.users[0].destination_count, ==, 0);
        g_assert_cmpuint(list.users[1].count, ==, 5);
        g_assert_cmpuint(list.users[1].first_usec, ==, 42);
        g_assert_cmpuint(list.users[1].last_usec, ==, NOW - 7 * 1000);
        g_assert_cmpuint(list.users[1].destination_count, ==, 2);
        g_assert_cmpstr(list.users[1].destinations[0].address, ==, "203.0.113.3");
        g_assert_cmpstr(list.users[1].destinations[0].verdict, ==, "reject");
        g_assert_cmpstr(list.users[1].destinations[1].verdict, ==, "observe");
        g_assert_cmpuint(list.users[1].destinations[1].last_usec, ==, NOW - 100 * 1000);
}

/* The set of users was full when he came. */
static void test_a_user_without_a_total_has_that_of_his_destinations(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(attempt_list_done) AttemptList list = {};

        append(&attempts, ATTEMPTS_REJECT_V4, 1000, 3, 7);
        append(&attempts, ATTEMPTS_REDIRECT_V4, 1000, 2, 9);
        make(&attempts, &(AttemptBook){}, NULL, (AttemptFilter){}, &list);

        g_assert_cmpuint(list.count, ==, 1);
        g_assert_cmpuint(list.users[0].count, ==, 5);
        g_assert_cmpuint(list.users[0].destination_count, ==, 2);
        g_assert_cmpuint(list.users[0].last_usec, ==, NOW - 7 * 1000);
}

static void test_filters_leave_out_the_others(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(attempt_list_done) AttemptList one = {}, recent = {}, most = {}, none = {};
        const uint32_t uid = 1001, stranger = 1003;

        append(&attempts, ATTEMPTS_USERS, 1000, 5, 10);
        append(&attempts, ATTEMPTS_USERS, 1001, 7, 20);
        append(&attempts, ATTEMPTS_USERS, 1002, 6, 30);
        make(&attempts, &(AttemptBook){}, &uid, (AttemptFilter){}, &one);
        make(&attempts,
             &(AttemptBook){},
             NULL,
             (AttemptFilter){ .since_usec = NOW - 10 * 1000 },
             &recent);
        make(&attempts, &(AttemptBook){}, NULL, (AttemptFilter){ .most = 2 }, &most);
        make(&attempts, &(AttemptBook){}, &stranger, (AttemptFilter){}, &none);

        g_assert_cmpuint(one.count, ==, 1);
        g_assert_cmpuint(one.users[0].uid, ==, 1001);
        g_assert_cmpuint(recent.count, ==, 1);
        g_assert_cmpuint(recent.users[0].uid, ==, 1000);
        g_assert_cmpuint(most.count, ==, 2);
        g_assert_cmpuint(most.users[1].uid, ==, 1002);
        g_assert_cmpuint(none.count, ==, 0);
}

static void test_the_book_keeps_the_earlier_time(void) {
        CLEANUP(attempt_book_done) AttemptBook book = {};

        g_assert_cmpint(attempt_book_note(&book, 7, 20), ==, 0);
        g_assert_cmpint(attempt_book_note(&book, 5, 10), ==, 0);
        g_assert_cmpint(attempt_book_note(&book, 7, 30), ==, 0);
        g_assert_cmpint(attempt_book_note(&book, 6, 15), ==, 0);

        g_assert_cmpuint(attempt_book_find(&book, 7), ==, 20);
        g_assert_cmpuint(attempt_book_find(&book, 6), ==, 15);
        g_assert_cmpuint(attempt_book_find(&book, 5), ==, 10);
        g_assert_cmpuint(attempt_book_find(&book, 4), ==, 0);
        g_assert_cmpuint(attempt_book_find(&book, 8), ==, 0);
}

static void test_the_book_follows_the_kernel(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(attempt_book_done) AttemptBook book = {};

        g_assert_cmpint(attempt_book_note(&book, 1, 10), ==, 0);
        g_assert_cmpint(attempt_book_note(&book, 2, 20), ==, 0);
        append(&attempts, ATTEMPTS_USERS, 2, 1, 0);
        append(&attempts, ATTEMPTS_USERS, 3, 1, 4);
        attempts_sort(&attempts);
        g_assert_cmpint(attempt_book_follow(&book, &attempts, NOW), ==, 0);

        g_assert_cmpuint(book.count, ==, 2);
        g_assert_cmpuint(attempt_book_find(&book, 2), ==, 20);
        g_assert_cmpuint(attempt_book_find(&book, 3), ==, NOW - 4000);
}

static void test_the_book_is_bounded(void) {
        CLEANUP(attempt_book_done) AttemptBook book = {};

        for (uint32_t i = 0; i < ATTEMPTS_USERS_MAX; i++)
                g_assert_cmpint(attempt_book_note(&book, i, 1), ==, 0);
        g_assert_cmpint(attempt_book_note(&book, UINT32_MAX, 1), ==, -E2BIG);
}

static void append_interface(
                Attempts *attempts, AttemptSet set, const char *name, uint64_t packets) {
        Attempt attempt = {
                .set = set,
                .uid = ATTEMPTS_NO_UID,
                .packets = packets,
                .expires_msec = attempt_set_timeout_msec(set) - 7,
        };

        memcpy(attempt.address, name, strlen(name));
        g_assert_cmpint(attempts_append(attempts, &attempt), ==, 0);
}

static void test_interfaces_stand_between_users(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(attempt_list_done) AttemptList list = {};
        CLEANUP(attempt_list_done) AttemptList one = {};
        const uint32_t uid = 1000;

        append(&attempts, ATTEMPTS_USERS, 1000, 5, 7);
        append_interface(&attempts, ATTEMPTS_FORWARD_REJECT, "docker0", 9);
        append_interface(&attempts, ATTEMPTS_FORWARD_OBSERVE, "docker0", 2);
        append_interface(&attempts, ATTEMPTS_FORWARD_REJECT, "lxcbr0", 4);
        make(&attempts, &(AttemptBook){}, NULL, (AttemptFilter){}, &list);

        g_assert_cmpuint(list.count, ==, 4);
        g_assert_cmpstr(list.users[0].interface, ==, "docker0");
        g_assert_cmpstr(list.users[0].verdict, ==, "reject");
        g_assert_cmpuint(list.users[0].last_usec, ==, NOW - 7 * 1000);
        g_assert_cmpstr(list.users[1].interface, ==, "");
        g_assert_cmpuint(list.users[1].uid, ==, 1000);
        g_assert_cmpstr(list.users[2].interface, ==, "lxcbr0");
        g_assert_cmpstr(list.users[3].verdict, ==, "observe");

        make(&attempts, &(AttemptBook){}, &uid, (AttemptFilter){}, &one);
        g_assert_cmpuint(one.count, ==, 1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/attempt-list/users-come-with-their-destinations",
                        test_users_come_with_their_destinations);
        g_test_add_func("/attempt-list/a-user-without-a-total-has-that-of-his-destinations",
                        test_a_user_without_a_total_has_that_of_his_destinations);
        g_test_add_func("/attempt-list/filters-leave-out-the-others",
                        test_filters_leave_out_the_others);
        g_test_add_func("/attempt-book/keeps-the-earlier-time",
                        test_the_book_keeps_the_earlier_time);
        g_test_add_func("/attempt-book/follows-the-kernel", test_the_book_follows_the_kernel);
        g_test_add_func("/attempt-book/is-bounded", test_the_book_is_bounded);
        g_test_add_func("/attempt-list/interfaces-stand-between-users",
                        test_interfaces_stand_between_users);
        return g_test_run();
}
