/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <linux/netlink.h>

#include "firewall/counts.h"
#include "firewall/firewall.h"
#include "firewall/nftables.h"
#include "firewall/state.h"

#define APPLIES_MAX 3 /* until it is undisturbed by others' changes */

/* What the last batch of ours brought, while nobody has committed anything since. */
typedef struct InForce {
        bool known;
        Digest rendered; /* of the text in place, which says all that was wanted */
        Digest digest;
        uint32_t generation;
} InForce;

struct Firewall {
        Nftables *nftables;     /* owned */
        NetlinkSocket *netlink; /* owned */
        InForce in_force;
};

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

        nftables_close(firewall->nftables);
        netlink_close(firewall->netlink);
        free(firewall);
        return NULL;
}

/* What is to be brought into the kernel, and how. */
typedef struct Change {
        const Policy *policy;
        const HostFacts *facts;
        const char *stage; /* for error texts */
        bool dry_run;
} Change;

static int send_in_place(Firewall *firewall, const Change *change, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        int r;

        r = ruleset_render(change->policy, change->facts, &text, NULL);
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
        r = ruleset_render_anew(change->policy, change->facts, counters, &attempts, &text, NULL);
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
        if (!change->policy->enabled && !ret_before->present)
                return 0;

        if (!anew) {
                r = send_in_place(firewall, change, &failure);
                if (r >= 0 || r == -ENOMEM)
                        return r;
                if (!ret_before->present || !change->policy->enabled)
                        return failure_set(reterr, r, failure.code, "%s", failure.text ?: "");
        }

        r = state_read(firewall->netlink, ret_before);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        return send_anew(firewall, change, &ret_before->counters, reterr);
}

static int digest_rendered(const Policy *policy, const HostFacts *facts, Digest *ret) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = ruleset_render(policy, facts, &text, &size);
        if (r < 0)
                return r;

        *ret = digest_of(text, size);
        return 0;
}

/*
 * A batch that would change nothing costs two grace periods of the kernel, one of them for the dry
 * run: up to 20 ms, much of what a change of mail limits alone takes beyond Exim. Where it cannot
 * be told, the batch tells what is wrong.
 */
static bool is_in_force(Firewall *firewall, const Policy *policy, const HostFacts *facts) {
        FirewallState state = {};
        Digest rendered;

        return firewall->in_force.known && policy->enabled &&
               state_read(firewall->netlink, &state) >= 0 &&
               state.generation == firewall->in_force.generation &&
               digest_rendered(policy, facts, &rendered) >= 0 &&
               digest_equal(&rendered, &firewall->in_force.rendered);
}

int firewall_check(
                Firewall *firewall, const Policy *policy, const HostFacts *facts, Failure *reterr) {
        const Change change = {
                .policy = policy,
                .facts = facts,
                .stage = "check",
                .dry_run = true,
        };
        FirewallState before = {};

        assert(firewall && policy && facts);

        if (is_in_force(firewall, policy, facts))
                return 0;

        return bring(firewall, &change, false, &before, reterr);
}

/* Each commit adds one; 0 is never used. */
static uint32_t generation_after(uint32_t generation) {
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
static int prove(
                Firewall *firewall,
                const Change *change,
                uint32_t generation_before,
                Proof *ret,
                Failure *reterr) {
        CLEANUP(listing_done) Listing listing = {};
        FirewallState state = {};
        Proof proof = { .generation = generation_after(generation_before) };
        int r;

        r = nftables_list(firewall->nftables, NFTABLES_SHAPE, &listing, reterr);
        if (r < 0)
                return r;
        proof.ours = listing_is_ours(&listing, change->policy, change->facts);
        r = listing_add_elements(&listing, change->policy, change->facts);
        if (r < 0)
                return r;
        r = listing_digest(&listing, &proof.digest);
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
                const Change *change,
                Digest *ret_digest,
                uint32_t *ret_generation,
                Failure *reterr) {
        FirewallState state = {};
        int r;

        r = bring(firewall, change, false, &state, reterr);
        if (r < 0)
                return r;
        r = state_read(firewall->netlink, &state);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);

        *ret_digest = (Digest){};
        *ret_generation = state.generation;
        return 0;
}

static int apply_enabled(Firewall *firewall, const Change *change, Failure *reterr) {
        InForce in_force = { .known = true };
        Proof proof = { .ours = true };
        int r;

        firewall->in_force.known = false;
        r = digest_rendered(change->policy, change->facts, &in_force.rendered);
        if (r < 0)
                return r;

        /* in place it declares and fills what is ours; what else is there only a new table ends */
        for (unsigned i = 0; i < APPLIES_MAX && !(proof.ours && proof.undisturbed); i++) {
                FirewallState before = {};

                r = bring(firewall, change, !proof.ours, &before, reterr);
                if (r < 0)
                        return r;
                r = prove(firewall, change, before.generation, &proof, reterr);
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

        in_force.digest = proof.digest;
        in_force.generation = proof.generation;
        firewall->in_force = in_force;
        return 0;
}

int firewall_apply(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                Digest *ret_digest,
                uint32_t *ret_generation,
                Failure *reterr) {
        const Change change = { .policy = policy, .facts = facts, .stage = "apply" };
        int r;

        assert(firewall && policy && facts && ret_digest && ret_generation);

        if (!policy->enabled)
                return apply_disabled(firewall, &change, ret_digest, ret_generation, reterr);

        if (!is_in_force(firewall, policy, facts)) {
                r = apply_enabled(firewall, &change, reterr);
                if (r < 0)
                        return r;
        }

        *ret_digest = firewall->in_force.digest;
        *ret_generation = firewall->in_force.generation;
        return 0;
}

static int add_problem(
                Problems *problems, ProblemId id, ProblemSeverity severity, const char *what) {
        return problems_add(
                        problems,
                        id,
                        severity,
                        string_format("nftables table inet %s %s", RULESET_TABLE, what),
                        string_format("smtp-restrictionsctl reload"));
}

static int verify_digest(Firewall *firewall, const Digest *applied, Problems *problems) {
        CLEANUP(listing_done) Listing listing = {};
        Digest digest;
        int r;

        r = nftables_list(firewall->nftables, NFTABLES_STABLE, &listing, NULL);
        if (r < 0)
                return r;
        r = listing_digest(&listing, &digest);
        if (r < 0)
                return r;
        if (digest_equal(&digest, applied))
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
                const Digest *applied,
                Problems *problems) {
        FirewallState state = {};
        int r;

        assert(firewall && policy && applied && problems);

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

        return verify_digest(firewall, applied, problems);
}
