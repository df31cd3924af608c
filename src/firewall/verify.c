/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Does the kernel still hold what was applied? */

#include <errno.h>

#include "firewall/handle.h"

static int add_problem(
                Problems *problems, ProblemId id, ProblemSeverity severity, const char *what) {
        return problems_add(
                        problems,
                        id,
                        severity,
                        string_format("nftables table inet %s %s", RULESET_TABLE, what),
                        string_format("smtp-restrictionsctl reload"));
}

static int verify_listing(
                Firewall *firewall,
                const RulesetPlan *plan,
                const Digest *applied,
                Problems *problems) {
        CLEANUP(listing_done) Listing listing = {};
        int has_exceptions;
        Digest digest;
        int r;

        r = nftables_list(firewall->nftables, NFTABLES_STABLE, &listing, NULL);
        if (r < 0)
                return r;
        has_exceptions = listing_has_exceptions(&listing, plan, firewall_now_usec());
        if (has_exceptions < 0)
                return has_exceptions;
        r = listing_digest(&listing, &digest);
        if (r < 0)
                return r;
        if (has_exceptions && digest_equal(&digest, applied))
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
        int r;

        assert(firewall && policy && facts && applied && problems);

        r = state_read(firewall->netlink, &state);
        if (r < 0)
                return r;

        if (!policy->enabled) {
                if (!state.present)
                        return 0;
                return add_problem(
                                problems,
                                PROBLEM_FIREWALL_CHANGED,
                                PROBLEM_SEVERITY_WARNING,
                                "is there although the restriction is not enabled");
        }

        if (!state.present)
                return add_problem(
                                problems,
                                PROBLEM_FIREWALL_MISSING,
                                PROBLEM_SEVERITY_ERROR,
                                "is not there: nothing is restricted");
        if (state.dormant)
                return add_problem(
                                problems,
                                PROBLEM_FIREWALL_DORMANT,
                                PROBLEM_SEVERITY_ERROR,
                                "is switched off (flag dormant): nothing is restricted");

        r = ruleset_plan(policy, facts, &plan);
        if (r < 0)
                return r;

        return verify_listing(firewall, &plan, applied, problems);
}
