/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <linux/netlink.h>
#include <time.h>

#include "firewall/counts.h"
#include "firewall/handle.h"

#define APPLIES_MAX 3 /* until it is undisturbed by others' changes */

uint64_t firewall_now_usec(void) {
        struct timespec now = {};

        IGNORE_RESULT(clock_gettime(CLOCK_REALTIME, &now)); /* there always is this clock */
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

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

/* What is to be brought into the kernel, and how. */
typedef struct Change {
        const RulesetPlan *plan;
        const char *stage; /* for error texts */
        bool dry_run;
} Change;

static int send_in_place(Firewall *firewall, const Change *change, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        int r;

        r = ruleset_render(change->plan, firewall_now_usec(), &text, NULL);
        if (r < 0)
                return r;

        return nftables_change(firewall->nftables, change->stage, text, change->dry_run, reterr);
}

static int send_anew(
                Firewall *firewall,
                const Change *change,
                const RulesetCounters *counters,
                Failure *reterr) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(freep) char *text = NULL;
        int r;

        /* those that cannot be read are lost, which is no reason to leave a host unrestricted */
        IGNORE_RESULT(counts_read(&attempts));
        r = ruleset_render_anew(
                        change->plan, firewall_now_usec(), counters, &attempts, &text, NULL);
        if (r < 0)
                return r;

        return nftables_change(firewall->nftables, change->stage, text, change->dry_run, reterr);
}

/*
 * In place; or anew where that fails because what is there has another shape (File exists, and
 * whatever else an older or foreign table brings about) or `anew` says so. *ret_before: the state
 * right before the batch.
 */
static int bring(
                Firewall *firewall,
                const Change *change,
                bool anew,
                FirewallState *ret_before,
                Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r = state_read(firewall->netlink, ret_before);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        if (!change->plan->policy->enabled && !ret_before->present)
                return 0;

        if (!anew) {
                r = send_in_place(firewall, change, &failure);
                if (r >= 0 || r == -ENOMEM)
                        return r;
                if (!ret_before->present || !change->plan->policy->enabled)
                        return failure_set(reterr, r, failure.code, "%s", failure.text ?: "");
        }

        r = state_read(firewall->netlink, ret_before);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        return send_anew(firewall, change, &ret_before->counters, reterr);
}

/* Does the kernel hold the policy but for exceptions? Where it cannot be told, the batch tells what
 * is wrong. */
static bool is_in_force_unexcepted(
                Firewall *firewall, const Policy *policy, const HostFacts *facts) {
        FirewallState state = {};

        return in_force_is(&firewall->in_force, policy, facts) &&
               state_read(firewall->netlink, &state) >= 0 &&
               state.generation == firewall->in_force.generation;
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
        const Change change = { .plan = &plan, .stage = "check", .dry_run = true };
        FirewallState before = {};
        int r;

        assert(firewall && policy && facts);

        r = try_delta(firewall, policy, facts, true);
        if (r != FIREWALL_E_WHOLE)
                return r;
        r = plan_ruleset(policy, facts, &plan, reterr);
        if (r < 0)
                return r;

        return bring(firewall, &change, false, &before, reterr);
}

uint32_t firewall_generation_after(uint32_t generation) {
        return generation == UINT32_MAX ? 1 : generation + 1;
}

/* What one round of firewall_apply() found. */
typedef struct Proof {
        bool ours;        /* nothing in the table but what the policy makes */
        bool undisturbed; /* nobody else committed since before our batch */
        Digest digest;
        uint32_t generation; /* that our batch made */
} Proof;

/*
 * The listing is without elements: to read back 50,000 takes longer than all the rest, and is not
 * reliable so shortly after they were changed (listing_is_torn()). That those of the batch are
 * there follows from its success, if nobody else committed meanwhile.
 */
int firewall_digest(
                Firewall *firewall,
                const RulesetPlan *plan,
                bool *ret_ours,
                Digest *ret,
                Failure *reterr) {
        CLEANUP(listing_done) Listing listing = {};
        int r;

        r = nftables_list(firewall->nftables, NFTABLES_SHAPE, &listing, reterr);
        if (r < 0)
                return r;
        *ret_ours = listing_is_ours(&listing, plan);
        r = listing_add_elements(&listing, plan);
        if (r < 0)
                return r;

        return listing_digest(&listing, ret);
}

static int prove(
                Firewall *firewall,
                const RulesetPlan *plan,
                uint32_t generation_before,
                Proof *ret,
                Failure *reterr) {
        FirewallState state = {};
        Proof proof = { .generation = firewall_generation_after(generation_before) };
        int r;

        r = firewall_digest(firewall, plan, &proof.ours, &proof.digest, reterr);
        if (r < 0)
                return r;
        r = state_read(firewall->netlink, &state);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        proof.undisturbed = state.generation == proof.generation;

        *ret = proof;
        return 0;
}

static int apply_disabled(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                Digest *ret_digest,
                uint32_t *ret_generation,
                Failure *reterr) {
        const RulesetPlan plan = ruleset_plan_unexcepted(policy, facts);
        const Change change = { .plan = &plan, .stage = "apply" };
        FirewallState state = {};
        int r;

        r = bring(firewall, &change, false, &state, reterr);
        if (r < 0)
                return r;
        r = state_read(firewall->netlink, &state);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);

        *ret_digest = (Digest){};
        *ret_generation = state.generation;
        return 0;
}

static int apply_enabled(Firewall *firewall, const RulesetPlan *plan, Failure *reterr) {
        const Change change = { .plan = plan, .stage = "apply" };
        Proof proof = { .ours = true };
        int r;

        in_force_done(&firewall->in_force);

        /* in place it declares and fills what is ours; what else is there only a new table ends */
        for (unsigned i = 0; i < APPLIES_MAX && !(proof.ours && proof.undisturbed); i++) {
                FirewallState before = {};

                r = bring(firewall, &change, !proof.ours, &before, reterr);
                if (r < 0)
                        return r;
                firewall->begun = firewall->begun || !before.present;
                r = prove(firewall, plan, before.generation, &proof, reterr);
                if (r < 0)
                        return r;
        }

        /* others may be busy with tables of their own for ever; ours must be right */
        if (!proof.ours)
                return failure_set(
                                reterr,
                                -EBUSY,
                                FAILURE_FIREWALL_FAILED,
                                "nftables: apply: somebody else keeps changing table inet %s",
                                RULESET_TABLE);

        r = in_force_make(plan, &proof.digest, proof.generation, &firewall->in_force);
        if (r < 0 && r != -E2BIG)
                return r;

        /* what is too much to be kept is applied again each time */
        firewall->in_force.digest = proof.digest;
        firewall->in_force.generation = proof.generation;
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
