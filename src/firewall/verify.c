/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Does the kernel still hold what was applied? */

#include <errno.h>

#include "firewall/handle.h"
#include "util/now.h"

static int add_problem(
                Problems *problems, ProblemId id, ProblemSeverity severity, const char *what) {
        return problems_add(
                        problems,
                        id,
                        severity,
                        string_format("nftables table inet %s %s", RULESET_TABLE, what),
                        string_format("smtp-restrictionsctl reload"));
}

static int is_changed(
                Firewall *firewall, const RulesetPlan *plan, const Digest *applied, bool *ret) {
        CLEANUP(listing_done) Listing listing = {};
        int has_exceptions;
        Digest digest;
        int r;

        r = nftables_list(firewall->nftables, NFTABLES_STABLE, &listing, NULL);
        if (r < 0)
                return r;
        has_exceptions = listing_has_exceptions(&listing, plan, now_read_usec(CLOCK_REALTIME));
        if (has_exceptions < 0)
                return has_exceptions;
        r = listing_digest(&listing, &digest);
        if (r < 0)
                return r;

        *ret = !has_exceptions || !digest_equal(&digest, applied);
        return 0;
}

int firewall_find_problems(
                const Policy *policy,
                const FirewallState *state,
                bool changed,
                Problems *problems) {
        assert(policy && state && problems);

        if (!policy->enabled) {
                if (!state->present)
                        return 0;
                return add_problem(
                                problems,
                                PROBLEM_FIREWALL_CHANGED,
                                PROBLEM_SEVERITY_WARNING,
                                "is there although the restriction is not enabled");
        }

        if (!state->present)
                return add_problem(
                                problems,
                                PROBLEM_FIREWALL_MISSING,
                                PROBLEM_SEVERITY_ERROR,
                                "is not there: nothing is restricted");
        if (state->dormant)
                return add_problem(
                                problems,
                                PROBLEM_FIREWALL_DORMANT,
                                PROBLEM_SEVERITY_ERROR,
                                "is switched off (flag dormant): nothing is restricted");
        if (!changed)
                return 0;

        return add_problem(
                        problems,
                        PROBLEM_FIREWALL_CHANGED,
                        PROBLEM_SEVERITY_ERROR,
                        "was changed by somebody else since it was applied");
}

int firewall_verify(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                const Digest *applied,
                Problems *problems) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        FirewallState state = {};
        bool changed = false;
        int r;

        assert(firewall && policy && facts && applied && problems);

        r = state_read(firewall->netlink, &state);
        if (r < 0)
                return r;

        if (policy->enabled && state.present && !state.dormant) {
                r = ruleset_plan(policy, facts, &plan);
                if (r < 0)
                        return r;
                r = is_changed(firewall, &plan, applied, &changed);
                if (r < 0)
                        return r;
        }

        return firewall_find_problems(policy, &state, changed, problems);
}
