/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/attempt-notice.h"

#define NOW ((uint64_t) 1700000000 * USEC_PER_SEC)

static AttemptNews take(AttemptTelling *telling, uint32_t uid, uint64_t total, uint64_t when_usec) {
        const AttemptNotice notice = {
                .event = { .set = ATTEMPTS_REJECT_V4, .uid = uid, .port = 25 },
                .total = total,
                .when_usec = when_usec,
        };
        AttemptNews news;

        attempt_telling_take(telling, &notice, &news);
        return news;
}

static void test_a_message_says_how_many_it_stands_for(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        g_assert_cmpuint(take(&telling, 1000, 1, NOW).count, ==, 1);
        g_assert_cmpuint(take(&telling, 1000, 41, NOW).count, ==, 40);
        g_assert_cmpuint(take(&telling, 1001, 3, NOW).count, ==, 3);
        g_assert_cmpuint(take(&telling, 1000, 42, NOW).count, ==, 1);
}

static void test_the_same_count_again_is_no_news(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        take(&telling, 1000, 5, NOW);

        g_assert_cmpuint(take(&telling, 1000, 5, NOW).count, ==, 0);
}

static void test_what_was_counted_before_is_told_by_nobody(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};
        CLEANUP(attempts_done) Attempts attempts = {};
        const Attempt user = {
                .set = ATTEMPTS_USERS,
                .uid = 1000,
                .packets = 70,
                .expires_msec = 1,
        };
        const Attempt destination = {
                .set = ATTEMPTS_REJECT_V4,
                .uid = 1000,
                .packets = 30,
                .expires_msec = 1,
        };
        AttemptNews news;

        g_assert_cmpint(attempts_append(&attempts, &user), ==, 0);
        g_assert_cmpint(attempts_append(&attempts, &destination), ==, 0);
        g_assert_cmpint(attempt_telling_begin(&telling, &attempts), ==, 0);
        news = take(&telling, 1000, 72, NOW);

        g_assert_cmpuint(news.count, ==, 2);
        g_assert_cmpuint(news.journal_count, ==, 2);
        g_assert_cmpuint(attempt_book_find(&telling.fresh, 1000), ==, 0);
}

static void test_who_is_new_is_noted_with_the_time(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        take(&telling, 1000, 1, NOW);
        take(&telling, 1000, 2, NOW + 1);

        g_assert_cmpuint(attempt_book_find(&telling.fresh, 1000), ==, NOW);
        g_assert_cmpuint(attempt_book_find(&telling.fresh, 1001), ==, 0);
}

static void test_a_count_that_began_anew_is_told_from_its_beginning(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        take(&telling, 1000, 90, NOW);

        g_assert_cmpuint(take(&telling, 1000, 4, NOW + 1).count, ==, 4);
        g_assert_cmpuint(take(&telling, 1000, 5, NOW + 2).count, ==, 1);
}

static void test_the_journal_hears_of_a_user_once_in_its_time(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        g_assert_cmpuint(take(&telling, 1000, 1, NOW).journal_count, ==, 1);
        g_assert_cmpuint(
                        take(&telling, 1000, 8, NOW + ATTEMPT_JOURNAL_USEC - 1).journal_count,
                        ==,
                        0);
        g_assert_cmpuint(take(&telling, 1000, 9, NOW + ATTEMPT_JOURNAL_USEC).journal_count, ==, 8);
}

static void test_the_journal_hears_of_so_many_users_a_second(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};
        unsigned told = 0;

        for (uint32_t uid = 1000; uid < 1020; uid++)
                told += take(&telling, uid, 1, NOW).journal_count > 0;

        g_assert_cmpuint(told, ==, ATTEMPT_JOURNAL_PER_SECOND);
        g_assert_cmpuint(take(&telling, 1019, 3, NOW + USEC_PER_SEC).journal_count, ==, 3);
}

static void test_a_clock_that_is_set_back_does_not_silence_the_journal(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        take(&telling, 1000, 1, NOW);

        g_assert_cmpuint(take(&telling, 1000, 2, NOW - 3600 * USEC_PER_SEC).journal_count, ==, 1);
}

static void test_users_in_any_order_do_not_mix(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        for (uint32_t i = 0; i < 1000; i++)
                take(&telling, i * 7919 % 1000, i + 1, NOW);
        for (uint32_t i = 0; i < 1000; i++)
                g_assert_cmpuint(take(&telling, i * 7919 % 1000, i + 3, NOW).count, ==, 2);
}

static void test_users_beyond_the_bound_are_told_of_one_by_one(void) {
        CLEANUP(attempt_telling_done) AttemptTelling telling = {};

        for (uint32_t uid = 0; uid < ATTEMPTS_USERS_MAX; uid++)
                take(&telling, uid, 1, NOW);

        g_assert_cmpuint(take(&telling, ATTEMPTS_USERS_MAX, 9, NOW).count, ==, 1);
        g_assert_cmpuint(telling.count, ==, ATTEMPTS_USERS_MAX);
        g_assert_cmpuint(take(&telling, 5, 3, NOW).count, ==, 2);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/attempt-notice/a-message-says-how-many-it-stands-for",
                        test_a_message_says_how_many_it_stands_for);
        g_test_add_func("/attempt-notice/the-same-count-again-is-no-news",
                        test_the_same_count_again_is_no_news);
        g_test_add_func("/attempt-notice/what-was-counted-before-is-told-by-nobody",
                        test_what_was_counted_before_is_told_by_nobody);
        g_test_add_func("/attempt-notice/who-is-new-is-noted-with-the-time",
                        test_who_is_new_is_noted_with_the_time);
        g_test_add_func("/attempt-notice/a-count-that-began-anew-is-told-from-its-beginning",
                        test_a_count_that_began_anew_is_told_from_its_beginning);
        g_test_add_func("/attempt-notice/the-journal-hears-of-a-user-once-in-its-time",
                        test_the_journal_hears_of_a_user_once_in_its_time);
        g_test_add_func("/attempt-notice/the-journal-hears-of-so-many-users-a-second",
                        test_the_journal_hears_of_so_many_users_a_second);
        g_test_add_func("/attempt-notice/a-clock-that-is-set-back-does-not-silence-the-journal",
                        test_a_clock_that_is_set_back_does_not_silence_the_journal);
        g_test_add_func("/attempt-notice/users-in-any-order-do-not-mix",
                        test_users_in_any_order_do_not_mix);
        g_test_add_func("/attempt-notice/users-beyond-the-bound-are-told-of-one-by-one",
                        test_users_beyond_the_bound_are_told_of_one_by_one);
        return g_test_run();
}
