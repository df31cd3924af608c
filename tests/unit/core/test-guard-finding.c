/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/guard-finding.h"

#define NOW (1000000 * USEC_PER_SEC)

/* Exactly this one Problem follows, of that severity. */
static void check_one(const GuardFinding *finding, ProblemId id, ProblemSeverity severity) {
        CLEANUP(problems_done) Problems problems = {};

        g_assert_cmpint(guard_finding_add_problems(finding, NOW, &problems), ==, 0);
        g_assert_cmpuint(problems.count, ==, 1);
        g_assert_cmpint(problems.items[0].id, ==, id);
        g_assert_cmpint(problems.items[0].severity, ==, severity);
}

static void test_nothing_found_is_no_problem(void) {
        CLEANUP(problems_done) Problems problems = {};
        const GuardFinding finding = {};

        g_assert_cmpint(guard_finding_add_problems(&finding, NOW, &problems), ==, 0);
        g_assert_cmpuint(problems.count, ==, 0);
}

static void test_a_repair_leaves_health_ok_and_says_what_and_when(void) {
        CLEANUP(problems_done) Problems problems = {};
        CLEANUP(guard_finding_done)
        GuardFinding finding = {
                .repaired = strdup("was removed by 'nft' (process 7)"),
                .repaired_usec = NOW - 5,
        };

        g_assert_cmpint(guard_finding_add_problems(&finding, NOW, &problems), ==, 0);
        g_assert_cmpuint(problems.count, ==, 1);
        g_assert_cmpint(problems.items[0].id, ==, PROBLEM_FIREWALL_REPAIRED);
        g_assert_nonnull(strstr(problems.items[0].text, finding.repaired));
        g_assert_cmpuint(problems.items[0].since_usec, ==, NOW - 5);
        g_assert_cmpint(problems_health(&problems), ==, HEALTH_OK);
}

static void test_a_repair_is_forgotten_after_a_day(void) {
        CLEANUP(problems_done) Problems problems = {};
        const GuardFinding finding = {
                .repaired = (char *) "was removed",
                .repaired_usec = NOW - GUARD_REPAIR_SHOWN_USEC - 1,
        };

        g_assert_cmpint(guard_finding_add_problems(&finding, NOW, &problems), ==, 0);
        g_assert_cmpuint(problems.count, ==, 0);
}

static void test_a_contest_degrades_health(void) {
        check_one(&(GuardFinding){ .contested = true },
                  PROBLEM_FIREWALL_CONTESTED,
                  PROBLEM_SEVERITY_WARNING);
}

static void test_a_failure_is_an_error(void) {
        check_one(&(GuardFinding){ .failed = (char *) "no memory" },
                  PROBLEM_FIREWALL_FAILED,
                  PROBLEM_SEVERITY_ERROR);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/guard-finding/nothing-found-is-no-problem",
                        test_nothing_found_is_no_problem);
        g_test_add_func("/guard-finding/a-repair-leaves-health-ok-and-says-what-and-when",
                        test_a_repair_leaves_health_ok_and_says_what_and_when);
        g_test_add_func("/guard-finding/a-repair-is-forgotten-after-a-day",
                        test_a_repair_is_forgotten_after_a_day);
        g_test_add_func("/guard-finding/a-contest-degrades-health", test_a_contest_degrades_health);
        g_test_add_func("/guard-finding/a-failure-is-an-error", test_a_failure_is_an_error);
        return g_test_run();
}
