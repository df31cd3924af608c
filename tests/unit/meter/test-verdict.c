/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "meter/verdict-text.h"

static VerdictKind judge(
                uint64_t limit,
                uint64_t used,
                uint64_t held,
                uint64_t recipients,
                OverLimitAction action) {
        const LimitState state = { SUBJECT_DOMAIN, WINDOW_HOUR, limit, used, held };

        return verdict_judge(&state, 1, recipients, action, 125).kind;
}

static void test_up_to_the_limit_is_ok(void) {
        g_assert_cmpint(judge(100, 0, 0, 100, OVER_LIMIT_HOLD), ==, VERDICT_OK);
        g_assert_cmpint(judge(100, 99, 0, 1, OVER_LIMIT_HOLD), ==, VERDICT_OK);
        g_assert_cmpint(judge(100, 50, 49, 1, OVER_LIMIT_HOLD), ==, VERDICT_OK);
        g_assert_cmpint(judge(1, 0, 0, 1, OVER_LIMIT_REJECT), ==, VERDICT_OK);
}

static void test_over_the_limit_is_what_the_action_says(void) {
        g_assert_cmpint(judge(100, 100, 0, 1, OVER_LIMIT_HOLD), ==, VERDICT_HOLD);
        g_assert_cmpint(judge(100, 100, 0, 1, OVER_LIMIT_DEFER), ==, VERDICT_DEFER);
        g_assert_cmpint(judge(100, 100, 0, 1, OVER_LIMIT_REJECT), ==, VERDICT_DENY);
        g_assert_cmpint(judge(100, 100, 0, 1, OVER_LIMIT_OBSERVE), ==, VERDICT_OBSERVE);
}

static void test_held_mail_takes_room(void) {
        g_assert_cmpint(judge(100, 90, 10, 1, OVER_LIMIT_HOLD), ==, VERDICT_HOLD);
}

static void test_beyond_the_percentage_is_denied(void) {
        g_assert_cmpint(judge(100, 100, 24, 1, OVER_LIMIT_HOLD), ==, VERDICT_HOLD);
        g_assert_cmpint(judge(100, 100, 25, 1, OVER_LIMIT_HOLD), ==, VERDICT_DENY);
        g_assert_cmpint(judge(100, 125, 0, 1, OVER_LIMIT_DEFER), ==, VERDICT_DENY);
}

static void test_message_above_the_limit_is_denied_and_said(void) {
        const LimitState state = { SUBJECT_DOMAIN, WINDOW_HOUR, 100, 0, 0 };
        Verdict verdict = verdict_judge(&state, 1, 101, OVER_LIMIT_HOLD, 125);

        g_assert_cmpint(verdict.kind, ==, VERDICT_DENY);
        g_assert_true(verdict.is_too_large);
}

static void test_observe_refuses_nothing(void) {
        g_assert_cmpint(judge(100, 100, 25, 1, OVER_LIMIT_OBSERVE), ==, VERDICT_OBSERVE);
        g_assert_cmpint(judge(100, 0, 0, 101, OVER_LIMIT_OBSERVE), ==, VERDICT_OBSERVE);
}

static void test_largest_numbers_do_not_wrap(void) {
        const LimitState state = { SUBJECT_DOMAIN, WINDOW_DAY, 10000000, 1099999999, 0 };

        g_assert_cmpint(verdict_judge(&state, 1, 1, OVER_LIMIT_HOLD, 10000).kind, ==, VERDICT_DENY);
        g_assert_cmpint(verdict_judge(&state, 1, 1, OVER_LIMIT_HOLD, 11000).kind, ==, VERDICT_HOLD);
}

static void test_worst_of_all_limits_counts(void) {
        const LimitState states[] = {
                { SUBJECT_DOMAIN, WINDOW_HOUR, 100, 0, 0 },
                { SUBJECT_DOMAIN, WINDOW_DAY, 100, 100, 0 },
                { SUBJECT_MAILBOX, WINDOW_HOUR, 100, 110, 0 },
                { SUBJECT_USER, WINDOW_HOUR, 10, 20, 0 },
        };
        Verdict verdict = verdict_judge(states, 3, 1, OVER_LIMIT_HOLD, 125);

        g_assert_cmpint(verdict.kind, ==, VERDICT_HOLD);
        g_assert_cmpuint(verdict.cause, ==, 1);

        verdict = verdict_judge(states, 4, 1, OVER_LIMIT_HOLD, 125);
        g_assert_cmpint(verdict.kind, ==, VERDICT_DENY);
        g_assert_cmpuint(verdict.cause, ==, 3);
}

static void test_without_limits_all_is_ok(void) {
        g_assert_cmpint(verdict_judge(NULL, 0, 1000000, OVER_LIMIT_HOLD, 100).kind, ==, VERDICT_OK);
}

static void expect_text(VerdictKind kind, bool is_too_large, const char *expected) {
        const Verdict verdict = { .kind = kind, .is_too_large = is_too_large };
        const LimitState cause = { SUBJECT_MAILBOX, WINDOW_HOUR, 100, 100, 0 };
        char text[VERDICT_TEXT_SIZE];

        verdict_to_text(&verdict, &cause, "bob@d1.test", 200, 1800000000, "help@d1.test", text);
        g_assert_cmpstr(text, ==, expected);
}

static void test_words_name_the_limit_and_its_end(void) {
        expect_text(VERDICT_DEFER,
                    false,
                    "4.7.1 the mailbox bob@d1.test has reached its limit of 100 recipients in one "
                    "hour; there may be room at 2027-01-15 08:00:00 UTC; contact: help@d1.test");
        expect_text(VERDICT_DENY,
                    false,
                    "5.7.1 the mailbox bob@d1.test has reached its limit of 100 recipients in one "
                    "hour; there may be room at 2027-01-15 08:00:00 UTC; contact: help@d1.test");
        expect_text(VERDICT_DENY,
                    true,
                    "5.7.1 200 recipients are more than the mailbox bob@d1.test may send to in one "
                    "hour, 100; contact: help@d1.test");
}

static void test_words_are_one_bounded_line_of_ascii(void) {
        const Verdict verdict = { .kind = VERDICT_DENY };
        const LimitState cause = { SUBJECT_MAILBOX, WINDOW_DAY, 10000000, 100, 0 };
        CLEANUP(freep) char *name = g_malloc0(1001);
        char text[VERDICT_TEXT_SIZE];

        memset(name, '\n', 1000);
        verdict_to_text(&verdict, &cause, name, 1000000, INT64_MAX, name, text);
        g_assert_cmpuint(strlen(text), <, VERDICT_TEXT_SIZE);
        for (const char *p = text; *p; p++)
                g_assert_true(g_ascii_isprint(*p));
        g_assert_nonnull(strstr(text, "??..."));

        verdict_denied_user_text(
                        "nob\xc3\xb6"
                        "dy",
                        NULL,
                        text);
        g_assert_cmpstr(text, ==, "5.7.1 the user nob??dy may not send mail to other hosts");
}

#define CASE(name, function) g_test_add_func("/verdict/" name, function)

static void test_text_of_a_share_is_one_line(void) {
        char text[VERDICT_TEXT_SIZE];

        verdict_share_text("d1.test\n250 ok", 3, 4, "help@host.test", text);
        g_assert_cmpstr(text,
                        ==,
                        "5.7.1 of 4 recipients of the domain d1.test?250 ok in the last hour 3 "
                        "could not be reached: no more is taken from it for a while; contact: "
                        "help@host.test");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("up-to-the-limit-is-ok", test_up_to_the_limit_is_ok);
        CASE("over-the-limit-is-what-the-action-says", test_over_the_limit_is_what_the_action_says);
        CASE("held-mail-takes-room", test_held_mail_takes_room);
        CASE("beyond-the-percentage-is-denied", test_beyond_the_percentage_is_denied);
        CASE("message-above-the-limit-is-denied-and-said",
             test_message_above_the_limit_is_denied_and_said);
        CASE("observe-refuses-nothing", test_observe_refuses_nothing);
        CASE("largest-numbers-do-not-wrap", test_largest_numbers_do_not_wrap);
        CASE("worst-of-all-limits-counts", test_worst_of_all_limits_counts);
        CASE("without-limits-all-is-ok", test_without_limits_all_is_ok);
        CASE("words-name-the-limit-and-its-end", test_words_name_the_limit_and_its_end);
        CASE("words-are-one-bounded-line-of-ascii", test_words_are_one_bounded_line_of_ascii);

        g_test_add_func("/verdict/share", test_text_of_a_share_is_one_line);

        return g_test_run();
}
