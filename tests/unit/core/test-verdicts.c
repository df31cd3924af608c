/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "core/verdicts.h"

/* Who listens on this host, for a test: on 0.0.0.0 and the ports given. */
static SocketList listening_on(const uint16_t *ports, size_t count) {
        SocketList list = { .items = calloc(count + 1, sizeof(SocketEntry)), .count = count };

        for (size_t i = 0; i < count; i++)
                list.items[i] = (SocketEntry){ .family = AF_INET, .local_port = ports[i] };

        return list;
}

static PortVerdict verdict_of(const PortVerdicts *verdicts, uint16_t port) {
        for (size_t i = 0; i < verdicts->count; i++)
                if (verdicts->entries[i].port == port)
                        return verdicts->entries[i].verdict;

        g_assert_not_reached();
}

static void explicit_redirect(Policy *policy) {
        policy_init(policy);
        policy->enabled = true;
        policy->port_verdicts_set = true;
        policy->port_verdicts = (PortVerdicts){};
        g_assert_cmpint(port_verdicts_add(&policy->port_verdicts, 25, PORT_VERDICT_REDIRECT),
                        ==,
                        0);
}

static void test_default_redirect_without_mta_becomes_reject(void) {
        CLEANUP(socket_list_done) SocketList nobody = listening_on(NULL, 0);
        CLEANUP(policy_done) Policy policy;
        PortVerdicts verdicts;

        policy_init(&policy);
        g_assert_cmpint(verdicts_judge(&policy,
                                       JUDGEMENT_NEW,
                                       &port_verdicts_default,
                                       &nobody,
                                       &verdicts,
                                       NULL),
                        ==,
                        0);
        g_assert_cmpint(verdict_of(&verdicts, 25), ==, PORT_VERDICT_REJECT);
}

static void test_redirect_with_mta_stays(void) {
        CLEANUP(socket_list_done) SocketList mta = listening_on((const uint16_t[]){ 25 }, 1);
        CLEANUP(policy_done) Policy policy;
        PortVerdicts verdicts;

        explicit_redirect(&policy);
        g_assert_cmpint(verdicts_judge(&policy,
                                       JUDGEMENT_NEW,
                                       &port_verdicts_default,
                                       &mta,
                                       &verdicts,
                                       NULL),
                        ==,
                        0);
        g_assert_cmpint(verdict_of(&verdicts, 25), ==, PORT_VERDICT_REDIRECT);
}

static void test_asked_redirect_without_mta_is_refused(void) {
        CLEANUP(socket_list_done) SocketList other = listening_on((const uint16_t[]){ 587 }, 1);
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy policy;
        PortVerdicts verdicts;

        explicit_redirect(&policy);
        g_assert_cmpint(verdicts_judge(&policy,
                                       JUDGEMENT_NEW,
                                       &port_verdicts_default,
                                       &other,
                                       &verdicts,
                                       &failure),
                        ==,
                        -EADDRNOTAVAIL);
        g_assert_cmpint(failure.code, ==, FAILURE_REDIRECT_NEEDS_MTA);
        g_assert_true(g_str_has_prefix(failure.text, "PortVerdicts: "));
}

static void test_kept_verdicts_are_not_judged(void) {
        CLEANUP(socket_list_done) SocketList nobody = listening_on(NULL, 0);
        CLEANUP(policy_done) Policy policy;
        PortVerdicts verdicts;

        explicit_redirect(&policy);
        g_assert_cmpint(verdicts_judge(&policy,
                                       JUDGEMENT_KEEP,
                                       &policy.port_verdicts,
                                       &nobody,
                                       &verdicts,
                                       NULL),
                        ==,
                        0);
        g_assert_cmpint(verdict_of(&verdicts, 25), ==, PORT_VERDICT_REDIRECT);
}

/* An MTA that is down for a minute while somebody calls Enable again. */
static void test_repair_keeps_a_redirect_in_effect(void) {
        CLEANUP(socket_list_done) SocketList nobody = listening_on(NULL, 0);
        CLEANUP(policy_done) Policy policy;
        PortVerdicts verdicts;

        explicit_redirect(&policy);
        g_assert_cmpint(verdicts_judge(&policy,
                                       JUDGEMENT_IMPROVE,
                                       &policy.port_verdicts,
                                       &nobody,
                                       &verdicts,
                                       NULL),
                        ==,
                        0);
        g_assert_cmpint(verdict_of(&verdicts, 25), ==, PORT_VERDICT_REDIRECT);
}

static void test_repair_takes_up_a_new_mta(void) {
        CLEANUP(socket_list_done) SocketList mta = listening_on((const uint16_t[]){ 25 }, 1);
        CLEANUP(policy_done) Policy policy;
        PortVerdicts in_effect = port_verdicts_default, verdicts;

        policy_init(&policy);
        in_effect.entries[0].verdict = PORT_VERDICT_REJECT;
        g_assert_cmpint(verdicts_judge(&policy,
                                       JUDGEMENT_IMPROVE,
                                       &in_effect,
                                       &mta,
                                       &verdicts,
                                       NULL),
                        ==,
                        0);
        g_assert_cmpint(verdict_of(&verdicts, 25), ==, PORT_VERDICT_REDIRECT);
}

static void test_only_what_sets_a_verdict_judges(void) {
        CLEANUP(policy_done) Policy off, on, other;

        policy_init(&off);
        policy_init(&on);
        on.enabled = true;
        explicit_redirect(&other);

        g_assert_cmpint(verdicts_judgement(&off, &on, false), ==, JUDGEMENT_NEW);
        g_assert_cmpint(verdicts_judgement(&on, &other, false), ==, JUDGEMENT_NEW);
        g_assert_cmpint(verdicts_judgement(&on, &on, false), ==, JUDGEMENT_KEEP);
        g_assert_cmpint(verdicts_judgement(&on, &on, true), ==, JUDGEMENT_IMPROVE);
        g_assert_cmpint(verdicts_judgement(&on, &off, false), ==, JUDGEMENT_KEEP);
}

static void test_missing_listener_is_a_problem_while_enabled(void) {
        CLEANUP(socket_list_done) SocketList nobody = listening_on(NULL, 0);
        CLEANUP(policy_done) Policy policy;
        CLEANUP(problems_done) Problems problems = {}, none = {};

        explicit_redirect(&policy);
        g_assert_cmpint(verdicts_find_problems(&policy, &policy.port_verdicts, &nobody, &problems),
                        ==,
                        0);
        g_assert_true(problems_have(&problems, PROBLEM_REDIRECT_NEEDS_MTA));
        g_assert_cmpint(problems_health(&problems), ==, HEALTH_DEGRADED);

        policy.enabled = false;
        g_assert_cmpint(verdicts_find_problems(&policy, &policy.port_verdicts, &nobody, &none),
                        ==,
                        0);
        g_assert_cmpuint(none.count, ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/verdicts/default-redirect-without-mta-becomes-reject",
                        test_default_redirect_without_mta_becomes_reject);
        g_test_add_func("/verdicts/redirect-with-mta-stays", test_redirect_with_mta_stays);
        g_test_add_func("/verdicts/asked-redirect-without-mta-is-refused",
                        test_asked_redirect_without_mta_is_refused);
        g_test_add_func("/verdicts/kept-are-not-judged", test_kept_verdicts_are_not_judged);
        g_test_add_func("/verdicts/repair-keeps-a-redirect-in-effect",
                        test_repair_keeps_a_redirect_in_effect);
        g_test_add_func("/verdicts/repair-takes-up-a-new-mta", test_repair_takes_up_a_new_mta);
        g_test_add_func("/verdicts/only-what-sets-one-judges",
                        test_only_what_sets_a_verdict_judges);
        g_test_add_func("/verdicts/missing-listener-is-a-problem-while-enabled",
                        test_missing_listener_is_a_problem_while_enabled);
        return g_test_run();
}
