/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Somebody sets the clock. The linker leads its readers here (--wrap), as this machine's is not to
 * be set. */

#include <glib.h>
#include <sched.h>

#include "setup.h"
#include "unit/firewall/grant.h"
#include "util/now.h"

static uint64_t shift_usec;

uint64_t __real_now_read_usec(clockid_t clock);
uint64_t __wrap_now_read_usec(clockid_t clock);

uint64_t __wrap_now_read_usec(clockid_t clock) {
        return __real_now_read_usec(clock) + (clock == CLOCK_REALTIME ? shift_usec : 0);
}

static void begin(Setup *setup) {
        shift_usec = 0;
        setup_init(setup);
        setup_reject_all(setup);
        name_subjects(&setup->facts.subjects, 2, 0);
        grant(&setup->policy.exceptions,
              "user:u0",
              NULL,
              NULL,
              "allow",
              now_read_usec(CLOCK_REALTIME) + 3600 * USEC_PER_SEC);
        setup_apply(setup);
        g_assert_true(setup_has_no_problem(setup));
}

static void test_the_next_apply_follows_a_clock_that_was_set(void) {
        CLEANUP(setup_done) Setup setup = {};
        uint32_t generation;

        begin(&setup);
        shift_usec = 600 * USEC_PER_SEC;
        g_assert_true(setup_has_problem(&setup, PROBLEM_FIREWALL_CHANGED));

        setup_apply(&setup);
        g_assert_true(setup_has_no_problem(&setup));

        /* once */
        generation = setup.generation;
        setup_apply(&setup);
        g_assert_cmpuint(setup.generation, ==, generation);
}

static void test_what_is_over_by_the_new_clock_ends(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *list = NULL;

        begin(&setup);
        shift_usec = 7200 * USEC_PER_SEC;
        setup_apply(&setup);
        g_assert_true(setup_has_no_problem(&setup));
        list = world_list();
        g_assert_null(strstr(list, "expires"));
}

static void test_a_clock_that_is_slewed_changes_nothing(void) {
        CLEANUP(setup_done) Setup setup = {};
        uint32_t generation;

        begin(&setup);
        generation = setup.generation;
        shift_usec = 2 * USEC_PER_SEC;
        setup_apply(&setup);
        g_assert_cmpuint(setup.generation, ==, generation);
        g_assert_true(setup_has_no_problem(&setup));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);

        g_test_add_func("/clock/the-next-apply-follows-a-clock-that-was-set",
                        test_the_next_apply_follows_a_clock_that_was_set);
        g_test_add_func("/clock/what-is-over-by-the-new-clock-ends",
                        test_what_is_over_by_the_new_clock_ends);
        g_test_add_func("/clock/a-clock-that-is-slewed-changes-nothing",
                        test_a_clock_that_is_slewed_changes_nothing);
        return g_test_run();
}
