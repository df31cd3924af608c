/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <linux/netlink.h>
#include <time.h>

#include "firewall/affected.h"
#include "firewall/bring.h"
#include "util/now.h"

/* A clock that is slewed drifts away over weeks; the end of an exception may be so much too late.
 */
#define CLOCK_SLACK_USEC ((int64_t) (10 * USEC_PER_SEC))

int firewall_new(Firewall **ret) {
        CLEANUP(firewall_freep) Firewall *firewall = NULL;
        int r;

        assert(ret);

        firewall = calloc(1, sizeof(*firewall));
        if (!firewall)
                return -ENOMEM;

        /* first: libnftables ends the process where it gets no socket */
        r = netlink_open(NETLINK_NETFILTER, &firewall->netlink);
        if (r < 0)
                return r;

        r = nftables_open(&firewall->nftables);
        if (r < 0)
                return r;

        *ret = TAKE(firewall);
        return 0;
}

Firewall *firewall_free(Firewall *firewall) {
        if (!firewall)
                return NULL;

        in_force_done(&firewall->in_force);
        nftables_close(firewall->nftables);
        netlink_close(firewall->netlink);
        free(firewall);
        return NULL;
}

/* Where the two clocks stand to each other. */
static int64_t read_clock(void) {
        return (int64_t) now_read_usec(CLOCK_REALTIME) - (int64_t) now_read_usec(CLOCK_MONOTONIC);
}

/* Somebody has set the clock, or the host was asleep: the elements would end at the wrong time. */
static bool clock_has_stepped(const InForce *in_force) {
        int64_t step = read_clock() - in_force->clock_usec;

        return in_force->exceptions.count > 0 &&
               (step > CLOCK_SLACK_USEC || step < -CLOCK_SLACK_USEC);
}

/* Does the kernel hold the policy but for exceptions? Where it cannot be told, the batch tells what
 * is wrong. */
static bool is_in_force_unexcepted(
                Firewall *firewall, const Policy *policy, const HostFacts *facts) {
        uint32_t generation;

        return in_force_is(&firewall->in_force, policy, facts) &&
               !clock_has_stepped(&firewall->in_force) &&
               state_read_generation(firewall->netlink, &generation) >= 0 &&
               generation == firewall->in_force.generation;
}

/*
 * A batch that would change nothing costs two grace periods of the kernel, one of them for the dry
 * run: up to 20 ms, much of what a change of mail limits alone takes beyond Exim. One that changes
 * some elements costs none, and is tried in earnest or not at all.
 */
static int try_delta(
                Firewall *firewall, const Policy *policy, const HostFacts *facts, bool dry_run) {
        if (!is_in_force_unexcepted(firewall, policy, facts))
                return FIREWALL_E_WHOLE;

        return firewall_apply_delta(firewall, policy, facts, dry_run);
}

/* -E2BIG says nothing by itself. */
static int plan_ruleset(
                const Policy *policy, const HostFacts *facts, RulesetPlan *ret, Failure *reterr) {
        int r = ruleset_plan(policy, facts, ret);

        if (r == -E2BIG)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_FIREWALL_FAILED,
                                "nftables: the exceptions for groups come to more than %u elements",
                                EXCEPTION_ELEMENTS_MAX);
        return r;
}

int firewall_check(
                Firewall *firewall, const Policy *policy, const HostFacts *facts, Failure *reterr) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        const FirewallChange change = { .plan = &plan, .stage = "check", .dry_run = true };
        FirewallState before = {};
        int r;

        assert(firewall && policy && facts);

        r = try_delta(firewall, policy, facts, true);
        if (r != FIREWALL_E_WHOLE)
                return r;
        r = plan_ruleset(policy, facts, &plan, reterr);
        if (r < 0)
                return r;

        return firewall_bring(firewall, &change, false, &before, reterr);
}

static int apply_disabled(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                Digest *ret_digest,
                uint32_t *ret_generation,
                Failure *reterr) {
        const RulesetPlan plan = ruleset_plan_unexcepted(policy, facts);
        const FirewallChange change = { .plan = &plan, .stage = "apply" };
        FirewallState before = {};
        uint32_t generation;
        int r;

        r = firewall_bring(firewall, &change, false, &before, reterr);
        if (r < 0)
                return r;
        r = state_read_generation(firewall->netlink, &generation);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);

        *ret_digest = (Digest){};
        *ret_generation = generation;
        return 0;
}

static int apply_enabled(Firewall *firewall, const RulesetPlan *plan, Failure *reterr) {
        const FirewallChange change = { .plan = plan, .stage = "apply", .digest = true };
        int64_t clock_usec = read_clock();
        FirewallProof proof = {};
        int r;

        in_force_done(&firewall->in_force);
        r = firewall_bring_and_prove(firewall, &change, &proof, reterr);
        if (r < 0)
                return r;

        r = in_force_make(plan, &proof.digest, proof.generation, &firewall->in_force);
        if (r < 0 && r != -E2BIG)
                return r;

        /* what is too much to be kept is applied again each time */
        firewall->in_force.digest = proof.digest;
        firewall->in_force.generation = proof.generation;
        firewall->in_force.clock_usec = clock_usec;
        return 0;
}

static int apply_whole(
                Firewall *firewall, const Policy *policy, const HostFacts *facts, Failure *reterr) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        int r;

        r = plan_ruleset(policy, facts, &plan, reterr);
        if (r < 0)
                return r;

        return apply_enabled(firewall, &plan, reterr);
}

int firewall_apply(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                Digest *ret_digest,
                uint32_t *ret_generation,
                Failure *reterr) {
        int r;

        assert(firewall && policy && facts && ret_digest && ret_generation);

        if (!policy->enabled)
                return apply_disabled(firewall, policy, facts, ret_digest, ret_generation, reterr);

        r = try_delta(firewall, policy, facts, false);
        if (r == FIREWALL_E_WHOLE)
                r = apply_whole(firewall, policy, facts, reterr);
        if (r < 0)
                return r;

        *ret_digest = firewall->in_force.digest;
        *ret_generation = firewall->in_force.generation;
        return 0;
}

int firewall_put_back(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                uint32_t *ret_generation,
                Failure *reterr) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        const FirewallChange change = { .plan = &plan, .stage = "repair" };
        FirewallProof proof = {};
        int r;

        assert(firewall && policy && policy->enabled && facts && ret_generation);

        in_force_done(&firewall->in_force);
        r = plan_ruleset(policy, facts, &plan, reterr);
        if (r < 0)
                return r;
        r = firewall_bring_and_prove(firewall, &change, &proof, reterr);
        if (r < 0)
                return r;

        *ret_generation = proof.generation;
        return 0;
}

static void freeifaddrsp(struct ifaddrs **addresses) {
        if (*addresses)
                freeifaddrs(*addresses);
}

int firewall_find_affected(const Policy *policy, const HostFacts *facts, AffectedConnections *ret) {
        CLEANUP(socket_list_done) SocketList listening = {};
        CLEANUP(socket_list_done) SocketList connected = {};
        CLEANUP(freeifaddrsp) struct ifaddrs *addresses = NULL;
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        int r;

        assert(policy && facts && ret);

        if (!policy->enabled || policy->observe ||
            !policy_cuts_existing(policy, &facts->verdicts)) {
                *ret = (AffectedConnections){};
                return 0;
        }

        if (getifaddrs(&addresses) < 0)
                return -errno;
        r = socket_list_read_listening(&listening);
        if (r < 0)
                return r;
        r = socket_list_read_connected(&connected);
        if (r < 0)
                return r;
        r = ruleset_plan(policy, facts, &plan);
        if (r < 0)
                return r;

        return affected_connections_find(
                        &plan,
                        &listening,
                        &connected,
                        addresses,
                        now_read_usec(CLOCK_REALTIME),
                        ret);
}
