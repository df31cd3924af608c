/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/guard-pace.h"

#define START  (1000 * USEC_PER_SEC)
#define SECOND USEC_PER_SEC

/* So many repairs, each when it is due; returns when the last one was. */
static uint64_t repair(GuardPace *pace, uint64_t now, unsigned count) {
        for (unsigned i = 0; i < count; i++) {
                now = guard_pace_due(pace, now);
                guard_pace_note(pace, now, false);
        }

        return now;
}

static void test_the_first_repairs_are_made_at_once(void) {
        GuardPace pace = {};

        g_assert_cmpuint(repair(&pace, START, GUARD_PACE_BURST), ==, START);
}

static void test_those_behind_them_wait_longer_and_longer(void) {
        GuardPace pace = {};
        uint64_t last = repair(&pace, START, GUARD_PACE_BURST);

        g_assert_cmpuint(guard_pace_due(&pace, last), ==, last + SECOND);
        last = repair(&pace, last, 1);
        g_assert_cmpuint(guard_pace_due(&pace, last), ==, last + 2 * SECOND);
        last = repair(&pace, last, 1);
        g_assert_cmpuint(guard_pace_due(&pace, last), ==, last + 4 * SECOND);
}

static void test_no_pause_is_longer_than_the_maximum(void) {
        GuardPace pace = {};
        uint64_t last = repair(&pace, START, GUARD_PACE_BURST + 100);

        g_assert_cmpuint(guard_pace_due(&pace, last), ==, last + GUARD_PACE_PAUSE_MAX_USEC);
}

/* Whoever damages the table right after each repair is not forgiven while he goes on. */
static void test_the_longest_pause_is_shorter_than_calm(void) {
        GuardPace pace = {};
        uint64_t last = repair(&pace, START, GUARD_PACE_BURST + 100);

        g_assert_true(guard_pace_is_contested(&pace, guard_pace_due(&pace, last)));
}

static void test_damage_after_the_pause_is_repaired_at_once(void) {
        GuardPace pace = {};
        uint64_t last = repair(&pace, START, GUARD_PACE_BURST);

        g_assert_cmpuint(guard_pace_due(&pace, last + 30 * SECOND), ==, last + 30 * SECOND);
}

static void test_a_failure_is_not_repeated_at_once(void) {
        GuardPace pace = {};

        guard_pace_note(&pace, START, true);
        g_assert_cmpuint(guard_pace_due(&pace, START), ==, START + SECOND);
        guard_pace_note(&pace, START + SECOND, true);
        g_assert_cmpuint(guard_pace_due(&pace, START + SECOND), ==, START + 3 * SECOND);
}

static void test_some_repairs_are_no_contest(void) {
        GuardPace pace = {};
        uint64_t last = repair(&pace, START, GUARD_PACE_BURST - 1);

        g_assert_false(guard_pace_is_contested(&pace, last));
}

static void test_many_repairs_are_a_contest_until_it_is_calm(void) {
        GuardPace pace = {};
        uint64_t last = repair(&pace, START, GUARD_PACE_BURST);

        g_assert_true(guard_pace_is_contested(&pace, last));
        g_assert_true(guard_pace_is_contested(&pace, guard_pace_calm_at(&pace) - 1));
        g_assert_false(guard_pace_is_contested(&pace, guard_pace_calm_at(&pace)));
}

static void test_after_calm_all_is_forgotten(void) {
        GuardPace pace = {};
        uint64_t now;

        (void) repair(&pace, START, GUARD_PACE_BURST + 5);
        now = guard_pace_calm_at(&pace);
        g_assert_cmpuint(repair(&pace, now, GUARD_PACE_BURST), ==, now);
}

static void test_nothing_was_contested_at_first(void) {
        const GuardPace pace = {};

        g_assert_false(guard_pace_is_contested(&pace, START));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/guard-pace/the-first-repairs-are-made-at-once",
                        test_the_first_repairs_are_made_at_once);
        g_test_add_func("/guard-pace/those-behind-them-wait-longer-and-longer",
                        test_those_behind_them_wait_longer_and_longer);
        g_test_add_func("/guard-pace/no-pause-is-longer-than-the-maximum",
                        test_no_pause_is_longer_than_the_maximum);
        g_test_add_func("/guard-pace/the-longest-pause-is-shorter-than-calm",
                        test_the_longest_pause_is_shorter_than_calm);
        g_test_add_func("/guard-pace/damage-after-the-pause-is-repaired-at-once",
                        test_damage_after_the_pause_is_repaired_at_once);
        g_test_add_func("/guard-pace/a-failure-is-not-repeated-at-once",
                        test_a_failure_is_not_repeated_at_once);
        g_test_add_func("/guard-pace/some-repairs-are-no-contest",
                        test_some_repairs_are_no_contest);
        g_test_add_func("/guard-pace/many-repairs-are-a-contest-until-it-is-calm",
                        test_many_repairs_are_a_contest_until_it_is_calm);
        g_test_add_func("/guard-pace/after-calm-all-is-forgotten",
                        test_after_calm_all_is_forgotten);
        g_test_add_func("/guard-pace/nothing-was-contested-at-first",
                        test_nothing_was_contested_at_first);
        return g_test_run();
}
