/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/foreign-change.h"

#define START  (1000 * USEC_PER_SEC)
#define QUIET  FOREIGN_CHANGE_QUIET_USEC
#define MINUTE (60 * USEC_PER_SEC)

/* One change at `now`, looked into when it is due; when that was. */
static uint64_t look_once(
                ForeignChange *change,
                uint64_t now,
                ForeignChangeAction wanted,
                ForeignChangeOutcome outcome) {
        uint64_t due;

        foreign_change_note(change, now);
        due = foreign_change_due(change);
        g_assert_cmpuint(due, ==, now + QUIET);
        g_assert_cmpint(foreign_change_action(change, due), ==, wanted);
        foreign_change_begin(change);
        foreign_change_end(change, outcome, due);
        return due;
}

static void test_nothing_is_due_at_first(void) {
        ForeignChange change = {};

        g_assert_cmpuint(foreign_change_due(&change), ==, 0);
        g_assert_cmpint(foreign_change_action(&change, START), ==, FOREIGN_CHANGE_NOTHING);
}

static void test_a_change_waits_for_quiet(void) {
        ForeignChange change = {};

        foreign_change_note(&change, START);
        g_assert_cmpint(foreign_change_action(&change, START + QUIET - 1),
                        ==,
                        FOREIGN_CHANGE_NOTHING);
        g_assert_cmpint(foreign_change_action(&change, START + QUIET), ==, FOREIGN_CHANGE_REPAIR);
}

static void test_each_change_begins_the_quiet_anew(void) {
        ForeignChange change = {};

        foreign_change_note(&change, START);
        foreign_change_note(&change, START + QUIET - 1);
        g_assert_cmpint(foreign_change_action(&change, START + QUIET), ==, FOREIGN_CHANGE_NOTHING);
        g_assert_cmpuint(foreign_change_due(&change), ==, START + QUIET - 1 + QUIET);
}

static void test_a_writer_that_never_rests_is_looked_into(void) {
        ForeignChange change = {};

        for (uint64_t now = START; now < START + FOREIGN_CHANGE_WAIT_MAX_USEC; now += QUIET / 2) {
                g_assert_cmpint(foreign_change_action(&change, now), ==, FOREIGN_CHANGE_NOTHING);
                foreign_change_note(&change, now);
        }
        g_assert_cmpuint(foreign_change_due(&change), ==, START + FOREIGN_CHANGE_WAIT_MAX_USEC);
}

static void test_a_change_is_looked_into_once(void) {
        ForeignChange change = {};
        uint64_t due = look_once(&change, START, FOREIGN_CHANGE_REPAIR, FOREIGN_CHANGE_REPAIRED);

        g_assert_cmpuint(foreign_change_due(&change), ==, 0);
        g_assert_cmpint(foreign_change_action(&change, due + MINUTE), ==, FOREIGN_CHANGE_NOTHING);
}

static void test_a_change_during_the_look_is_for_the_next(void) {
        ForeignChange change = {};

        foreign_change_note(&change, START);
        foreign_change_begin(&change);
        foreign_change_note(&change, START + QUIET);
        foreign_change_end(&change, FOREIGN_CHANGE_HARMLESS, START + QUIET);
        g_assert_cmpuint(foreign_change_due(&change), ==, START + 2 * QUIET);
}

static void test_lost_again_soon_is_only_reported(void) {
        ForeignChange change = {};
        uint64_t repaired =
                        look_once(&change, START, FOREIGN_CHANGE_REPAIR, FOREIGN_CHANGE_REPAIRED);

        (void) look_once(
                        &change,
                        repaired + 10 * MINUTE - QUIET - 1,
                        FOREIGN_CHANGE_REPORT,
                        FOREIGN_CHANGE_REPORTED);
}

static void test_lost_again_later_is_put_back(void) {
        ForeignChange change = {};
        uint64_t repaired =
                        look_once(&change, START, FOREIGN_CHANGE_REPAIR, FOREIGN_CHANGE_REPAIRED);

        (void) look_once(
                        &change,
                        repaired + 10 * MINUTE - QUIET,
                        FOREIGN_CHANGE_REPAIR,
                        FOREIGN_CHANGE_REPAIRED);
}

static void test_harmless_changes_use_up_nothing(void) {
        ForeignChange change = {};

        (void) look_once(&change, START, FOREIGN_CHANGE_REPAIR, FOREIGN_CHANGE_HARMLESS);
        (void) look_once(&change, START + MINUTE, FOREIGN_CHANGE_REPAIR, FOREIGN_CHANGE_REPAIRED);
}

static void test_what_was_reported_stays_reported(void) {
        ForeignChange change = {};

        (void) look_once(&change, START, FOREIGN_CHANGE_REPAIR, FOREIGN_CHANGE_REPAIRED);
        (void) look_once(&change, START + MINUTE, FOREIGN_CHANGE_REPORT, FOREIGN_CHANGE_REPORTED);
        (void) look_once(
                        &change,
                        START + 60 * MINUTE,
                        FOREIGN_CHANGE_REPORT,
                        FOREIGN_CHANGE_REPORTED);
}

static void test_after_a_reload_it_is_put_back_again(void) {
        ForeignChange change = {};

        (void) look_once(&change, START, FOREIGN_CHANGE_REPAIR, FOREIGN_CHANGE_REPAIRED);
        (void) look_once(&change, START + MINUTE, FOREIGN_CHANGE_REPORT, FOREIGN_CHANGE_REPORTED);
        foreign_change_forget(&change);
        (void) look_once(
                        &change,
                        START + 2 * MINUTE,
                        FOREIGN_CHANGE_REPAIR,
                        FOREIGN_CHANGE_REPAIRED);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/foreign-change/nothing-is-due-at-first", test_nothing_is_due_at_first);
        g_test_add_func("/foreign-change/a-change-waits-for-quiet", test_a_change_waits_for_quiet);
        g_test_add_func("/foreign-change/each-change-begins-the-quiet-anew",
                        test_each_change_begins_the_quiet_anew);
        g_test_add_func("/foreign-change/a-writer-that-never-rests-is-looked-into",
                        test_a_writer_that_never_rests_is_looked_into);
        g_test_add_func("/foreign-change/a-change-is-looked-into-once",
                        test_a_change_is_looked_into_once);
        g_test_add_func("/foreign-change/a-change-during-the-look-is-for-the-next",
                        test_a_change_during_the_look_is_for_the_next);
        g_test_add_func("/foreign-change/lost-again-soon-is-only-reported",
                        test_lost_again_soon_is_only_reported);
        g_test_add_func("/foreign-change/lost-again-later-is-put-back",
                        test_lost_again_later_is_put_back);
        g_test_add_func("/foreign-change/harmless-changes-use-up-nothing",
                        test_harmless_changes_use_up_nothing);
        g_test_add_func("/foreign-change/what-was-reported-stays-reported",
                        test_what_was_reported_stays_reported);
        g_test_add_func("/foreign-change/after-a-reload-it-is-put-back-again",
                        test_after_a_reload_it_is_put_back_again);
        return g_test_run();
}
