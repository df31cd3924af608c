/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "setup.h"

void setup_allow(Setup *setup, uint32_t uid) {
        g_assert_cmpint(allowed_ids_append(
                                        &setup->facts.uids,
                                        uid,
                                        BECAUSE_ALLOWED_USER,
                                        "user",
                                        NULL),
                        ==,
                        0);
        allowed_ids_sort(&setup->facts.uids);
}

void setup_init(Setup *setup) {
        *setup = (Setup){ .facts.verdicts = port_verdicts_default };
        policy_init(&setup->policy);
        setup->policy.enabled = true;
        setup_allow(setup, 0);
        setup_allow(setup, UID_MTA);
        g_assert_cmpint(allowed_ids_append(
                                        &setup->facts.gids,
                                        GID_ALLOWED,
                                        BECAUSE_ALLOWED_GROUP,
                                        "group",
                                        NULL),
                        ==,
                        0);
        g_assert_cmpint(firewall_new(&setup->firewall), ==, 0);
        world_nft("add table inet " RULESET_TABLE "\ndelete table inet " RULESET_TABLE "\n");
}

void setup_done(Setup *setup) {
        firewall_free(setup->firewall);
        policy_done(&setup->policy);
        host_facts_done(&setup->facts);
}

void setup_reject_all(Setup *setup) {
        for (size_t i = 0; i < setup->facts.verdicts.count; i++)
                setup->facts.verdicts.entries[i].verdict = PORT_VERDICT_REJECT;
}

void setup_apply(Setup *setup) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r =
                        firewall_apply(setup->firewall,
                                       &setup->policy,
                                       &setup->facts,
                                       &setup->digest,
                                       &setup->generation,
                                       &failure);
        g_assert_cmpstr(failure.text, ==, NULL);
        g_assert_cmpint(r, ==, 0);
}

static size_t verify(Setup *setup, ProblemId id) {
        CLEANUP(problems_done) Problems problems = {};
        size_t others;

        g_assert_cmpint(firewall_verify(setup->firewall,
                                        &setup->policy,
                                        &setup->facts,
                                        &setup->digest,
                                        &problems),
                        ==,
                        0);
        others = problems.count;
        for (size_t i = 0; i < problems.count; i++) {
                g_assert_nonnull(problems.items[i].text);
                g_assert_nonnull(problems.items[i].hint);
                if (problems.items[i].id == id)
                        others--;
        }

        /* 0: this one alone; otherwise something else */
        return problems.count == 0 ? SIZE_MAX : others;
}

bool setup_has_problem(Setup *setup, ProblemId id) {
        return verify(setup, id) == 0;
}

bool setup_has_no_problem(Setup *setup) {
        return verify(setup, _PROBLEM_ID_MAX) == SIZE_MAX;
}

RulesetCounters setup_counters(void) {
        FirewallState state = {};

        g_assert_cmpint(firewall_read_state(&state), ==, 0);
        return state.counters;
}
