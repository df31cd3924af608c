/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/problem.h"
#include "util/text.h"

static void add(Problems *problems, ProblemId id, ProblemSeverity severity, const char *text) {
        g_assert_cmpint(problems_add(problems,
                                     id,
                                     severity,
                                     string_format("%s", text),
                                     string_format("do %s", text)),
                        ==,
                        0);
}

static void test_every_id_has_a_stable_name_of_its_own(void) {
        for (size_t i = 0; i < _PROBLEM_ID_MAX; i++) {
                const char *name = problem_id_to_string((ProblemId) i);

                g_assert_nonnull(name);
                g_assert_cmpuint(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), ==, strlen(name));
                for (size_t k = 0; k < i; k++)
                        g_assert_cmpstr(name, !=, problem_id_to_string((ProblemId) k));
        }

        g_assert_cmpstr(problem_id_to_string(PROBLEM_REDIRECT_NEEDS_MTA), ==, "redirect-needs-mta");
        g_assert_cmpstr(problem_id_to_string(PROBLEM_STORAGE_FAILED), ==, "storage-failed");
}

static void test_severities_and_healths_have_names(void) {
        g_assert_cmpstr(problem_severity_to_string(PROBLEM_SEVERITY_NOTICE), ==, "notice");
        g_assert_cmpstr(problem_severity_to_string(PROBLEM_SEVERITY_WARNING), ==, "warning");
        g_assert_cmpstr(problem_severity_to_string(PROBLEM_SEVERITY_ERROR), ==, "error");
        g_assert_cmpstr(health_to_string(HEALTH_OK), ==, "ok");
        g_assert_cmpstr(health_to_string(HEALTH_DEGRADED), ==, "degraded");
        g_assert_cmpstr(health_to_string(HEALTH_FAILED), ==, "failed");
}

static void test_health_is_that_of_the_worst(void) {
        CLEANUP(problems_done) Problems problems = {};

        g_assert_cmpint(problems_health(&problems), ==, HEALTH_OK);
        add(&problems, PROBLEM_EXIM_NOT_RUNNING, PROBLEM_SEVERITY_NOTICE, "a");
        g_assert_cmpint(problems_health(&problems), ==, HEALTH_OK);
        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "b");
        add(&problems, PROBLEM_EXIM_NOT_RUNNING, PROBLEM_SEVERITY_NOTICE, "c");
        g_assert_cmpint(problems_health(&problems), ==, HEALTH_DEGRADED);
        add(&problems, PROBLEM_FIREWALL_MISSING, PROBLEM_SEVERITY_ERROR, "d");
        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "e");
        g_assert_cmpint(problems_health(&problems), ==, HEALTH_FAILED);
}

static void test_added_problems_keep_their_order(void) {
        CLEANUP(problems_done) Problems problems = {};

        for (unsigned i = 0; i < _PROBLEM_ID_MAX; i++)
                add(&problems, (ProblemId) i, PROBLEM_SEVERITY_NOTICE, "x");

        g_assert_cmpuint(problems.count, ==, _PROBLEM_ID_MAX);
        for (unsigned i = 0; i < _PROBLEM_ID_MAX; i++)
                g_assert_cmpint(problems.items[i].id, ==, i);
        g_assert_cmpstr(problems.items[0].text, ==, "x");
        g_assert_cmpstr(problems.items[0].hint, ==, "do x");
}

static void test_missing_text_is_missing_memory(void) {
        CLEANUP(problems_done) Problems problems = {};

        g_assert_cmpint(problems_add(&problems,
                                     PROBLEM_NAME_UNKNOWN,
                                     PROBLEM_SEVERITY_NOTICE,
                                     NULL,
                                     string_format("hint")),
                        ==,
                        -ENOMEM);
        g_assert_cmpint(problems_add(&problems,
                                     PROBLEM_NAME_UNKNOWN,
                                     PROBLEM_SEVERITY_NOTICE,
                                     string_format("text"),
                                     NULL),
                        ==,
                        -ENOMEM);
        g_assert_cmpuint(problems.count, ==, 0);
}

static void test_have_finds_an_id(void) {
        CLEANUP(problems_done) Problems problems = {};

        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "a");
        g_assert_true(problems_have(&problems, PROBLEM_NAME_UNKNOWN));
        g_assert_false(problems_have(&problems, PROBLEM_MTA_BLOCKED));
}

static void test_copy_owns_what_it_holds(void) {
        CLEANUP(problems_done) Problems problems = {}, copy = {};

        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "a");
        problems.items[0].since_usec = 7;
        g_assert_cmpint(problems_copy(&problems, &copy), ==, 0);
        problems_done(&problems);

        g_assert_cmpuint(copy.count, ==, 1);
        g_assert_cmpint(copy.items[0].id, ==, PROBLEM_NAME_UNKNOWN);
        g_assert_cmpint(copy.items[0].severity, ==, PROBLEM_SEVERITY_WARNING);
        g_assert_cmpstr(copy.items[0].text, ==, "a");
        g_assert_cmpstr(copy.items[0].hint, ==, "do a");
        g_assert_cmpuint(copy.items[0].since_usec, ==, 7);
        problems_done(NULL);
}

static void test_appended_problems_stand_behind(void) {
        CLEANUP(problems_done) Problems problems = {}, more = {};

        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "a");
        add(&more, PROBLEM_MTA_BLOCKED, PROBLEM_SEVERITY_ERROR, "b");
        g_assert_cmpint(problems_append_all(&problems, &more), ==, 0);

        g_assert_cmpuint(problems.count, ==, 2);
        g_assert_cmpuint(more.count, ==, 1);
        g_assert_cmpint(problems.items[1].id, ==, PROBLEM_MTA_BLOCKED);
}

static void test_since_stays_while_id_and_text_do(void) {
        CLEANUP(problems_done) Problems before = {}, problems = {};

        add(&before, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "jane");
        add(&before, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "joe");
        before.items[0].since_usec = 10;
        before.items[1].since_usec = 20;

        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "joe");
        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "eve");
        add(&problems, PROBLEM_MTA_BLOCKED, PROBLEM_SEVERITY_WARNING, "jane");
        problems_keep_since(&problems, &before, 99);

        g_assert_cmpuint(problems.items[0].since_usec, ==, 20);
        g_assert_cmpuint(problems.items[1].since_usec, ==, 99);
        g_assert_cmpuint(problems.items[2].since_usec, ==, 99);
}

static void test_removed_id_is_gone_and_others_stay(void) {
        CLEANUP(problems_done) Problems problems = {};

        add(&problems, PROBLEM_RELOAD_UNPROVEN, PROBLEM_SEVERITY_WARNING, "x");
        add(&problems, PROBLEM_NAME_UNKNOWN, PROBLEM_SEVERITY_WARNING, "y");
        add(&problems, PROBLEM_RELOAD_UNPROVEN, PROBLEM_SEVERITY_WARNING, "x");

        problems_remove(&problems, PROBLEM_RELOAD_UNPROVEN);

        g_assert_cmpuint(problems.count, ==, 1);
        g_assert_cmpint(problems.items[0].id, ==, PROBLEM_NAME_UNKNOWN);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/problem/every-id-has-a-stable-name-of-its-own",
                        test_every_id_has_a_stable_name_of_its_own);
        g_test_add_func("/problem/severities-and-healths-have-names",
                        test_severities_and_healths_have_names);
        g_test_add_func("/problem/health-is-that-of-the-worst", test_health_is_that_of_the_worst);
        g_test_add_func("/problem/added-keep-their-order", test_added_problems_keep_their_order);
        g_test_add_func("/problem/missing-text-is-missing-memory",
                        test_missing_text_is_missing_memory);
        g_test_add_func("/problem/have-finds-an-id", test_have_finds_an_id);
        g_test_add_func("/problem/copy-owns-what-it-holds", test_copy_owns_what_it_holds);
        g_test_add_func("/problem/appended-stand-behind", test_appended_problems_stand_behind);
        g_test_add_func("/problem/since-stays-while-id-and-text-do",
                        test_since_stays_while_id_and_text_do);
        g_test_add_func("/problem/removed-is-gone-and-others-stay",
                        test_removed_id_is_gone_and_others_stay);
        return g_test_run();
}
