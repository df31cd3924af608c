/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is kept of the last batch: a later policy is the same only if nothing but exceptions
 * differs. */

#include "firewall/in-force.h"
#include "grant.h"

static const Digest digest = { .hex = "0123" };

typedef struct Host {
        Policy policy;
        HostFacts facts;
} Host;

static void host_done(Host *host) {
        policy_done(&host->policy);
        host_facts_done(&host->facts);
}

static void host_init(Host *host) {
        *host = (Host){ .facts.verdicts = port_verdicts_default };
        policy_init(&host->policy);
        host->policy.enabled = true;
        name_subjects(&host->facts.subjects, 3, 1);
        g_assert_cmpint(allowed_ids_append(&host->facts.uids, 0, BECAUSE_ROOT, "root", NULL),
                        ==,
                        0);
        g_assert_cmpint(allowed_ids_append(
                                        &host->facts.gids, 38, BECAUSE_ALLOWED_GROUP, "list", NULL),
                        ==,
                        0);
        grant(&host->policy.exceptions, "user:u1", "192.0.2.0/24", NULL, "reject", 0);
}

static void remember(const Host *host, InForce *ret) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};

        g_assert_cmpint(ruleset_plan(&host->policy, &host->facts, &plan), ==, 0);
        g_assert_cmpint(in_force_make(&plan, &digest, 7, ret), ==, 0);
}

static bool is(const InForce *in_force, const Host *host) {
        return in_force_is(in_force, &host->policy, &host->facts);
}

static void test_the_same_policy_is_in_force(void) {
        CLEANUP(host_done) Host host = {};
        CLEANUP(in_force_done) InForce in_force = {};

        host_init(&host);
        remember(&host, &in_force);

        g_assert_true(is(&in_force, &host));
        g_assert_cmpuint(in_force.generation, ==, 7);
        g_assert_true(digest_equal(&in_force.digest, &digest));
}

static void test_nothing_is_in_force_at_first(void) {
        CLEANUP(host_done) Host host = {};
        const InForce in_force = {};

        host_init(&host);

        g_assert_false(is(&in_force, &host));
}

static void test_another_exception_is_no_other_policy(void) {
        CLEANUP(host_done) Host host = {};
        CLEANUP(in_force_done) InForce in_force = {};

        host_init(&host);
        remember(&host, &in_force);
        grant(&host.policy.exceptions, "user:u2", NULL, NULL, "allow", 0);

        g_assert_true(is(&in_force, &host));
}

static void change_enabled(Host *host) {
        host->policy.enabled = false;
}

static void change_observe(Host *host) {
        host->policy.observe = true;
}

static void change_cut(Host *host) {
        host->policy.cut_existing = TRISTATE_FALSE;
}

static void change_verdict(Host *host) {
        host->facts.verdicts.entries[0].verdict = PORT_VERDICT_REJECT;
}

static void change_forwarded(Host *host) {
        host->policy.forwarded = FORWARDED_REJECT;
}

static void change_interfaces(Host *host) {
        g_assert_cmpint(string_list_append(&host->policy.forwarded_interfaces, "br0"), ==, 0);
}

static void change_networks(Host *host) {
        g_assert_cmpint(string_list_append(&host->policy.forwarded_networks, "10.0.0.0/8"), ==, 0);
}

static void change_uids(Host *host) {
        g_assert_cmpint(allowed_ids_append(&host->facts.uids, 9, BECAUSE_MTA, "mta", NULL), ==, 0);
}

static void change_gid(Host *host) {
        host->facts.gids.items[0].id++;
}

/* An exception can stop a listed user, but not root. */
static void change_why_a_user_is_allowed(Host *host) {
        host->facts.uids.items[0].because = BECAUSE_ALLOWED_USER;
}

static void test_all_else_is_another_policy(void) {
        static void (*const changes[])(Host *) = {
                change_enabled,   change_observe,
                change_cut,       change_verdict,
                change_forwarded, change_interfaces,
                change_networks,  change_uids,
                change_gid,       change_why_a_user_is_allowed,
        };

        for (size_t i = 0; i < ELEMENTS_OF(changes); i++) {
                CLEANUP(host_done) Host host = {};
                CLEANUP(in_force_done) InForce in_force = {};

                host_init(&host);
                remember(&host, &in_force);
                changes[i](&host);
                g_test_message("change %zu", i);
                g_assert_false(is(&in_force, &host));
        }
}

static bool has_same_elements(const ExceptionElements *a, const ExceptionElements *b) {
        if (a->count != b->count)
                return false;
        for (size_t i = 0; i < a->count; i++)
                if (exception_element_compare(&a->items[i], &b->items[i]) != 0 ||
                    a->items[i].expires_usec != b->items[i].expires_usec)
                        return false;

        return true;
}

static void test_a_delta_leads_to_what_would_be_made_anew(void) {
        CLEANUP(host_done) Host host = {};
        CLEANUP(in_force_done) InForce changed = {};
        CLEANUP(in_force_done) InForce anew = {};
        CLEANUP(delta_done) Delta delta = {};

        host_init(&host);
        remember(&host, &changed);
        grant(&host.policy.exceptions, "group:g0", NULL, NULL, "allow", NOW + 5 * USEC_PER_SEC);
        g_assert_cmpint(delta_make(&(DeltaSide){ &changed.exceptions, &changed.subjects },
                                   &changed.elements,
                                   &(DeltaSide){ &host.policy.exceptions, &host.facts.subjects },
                                   &delta),
                        ==,
                        0);
        g_assert_cmpint(in_force_change_exceptions(&changed, &host.policy, &host.facts, &delta),
                        ==,
                        0);

        remember(&host, &anew);
        g_assert_true(has_same_elements(&changed.elements, &anew.elements));
        g_assert_cmpuint(changed.exceptions.count, ==, 2);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/in-force/the-same-policy-is-in-force", test_the_same_policy_is_in_force);
        g_test_add_func("/in-force/nothing-is-in-force-at-first",
                        test_nothing_is_in_force_at_first);
        g_test_add_func("/in-force/another-exception-is-no-other-policy",
                        test_another_exception_is_no_other_policy);
        g_test_add_func("/in-force/all-else-is-another-policy", test_all_else_is_another_policy);
        g_test_add_func("/in-force/a-delta-leads-to-what-would-be-made-anew",
                        test_a_delta_leads_to_what_would_be_made_anew);
        return g_test_run();
}
