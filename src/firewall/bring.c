/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "firewall/bring.h"
#include "firewall/counts.h"
#include "util/now.h"

#define APPLIES_MAX  3 /* until it is undisturbed by others' changes */
#define LISTINGS_MAX 5 /* until two of them agree */

static int send_in_place(Firewall *firewall, const FirewallChange *change, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        int r;

        r = ruleset_render(change->plan, now_read_usec(CLOCK_REALTIME), &text, NULL);
        if (r < 0)
                return r;

        return nftables_change(firewall->nftables, change->stage, text, change->dry_run, reterr);
}

static int send_anew(
                Firewall *firewall,
                const FirewallChange *change,
                const RulesetCounters *counters,
                Failure *reterr) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(freep) char *text = NULL;
        int r;

        /* those that cannot be read are lost, which is no reason to leave a host unrestricted */
        IGNORE_RESULT(counts_read(&attempts));
        r = ruleset_render_anew(
                        change->plan,
                        now_read_usec(CLOCK_REALTIME),
                        counters,
                        &attempts,
                        &text,
                        NULL);
        if (r < 0)
                return r;

        return nftables_change(firewall->nftables, change->stage, text, change->dry_run, reterr);
}

int firewall_bring(
                Firewall *firewall,
                const FirewallChange *change,
                bool anew,
                FirewallState *ret_before,
                Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int sent = 0, r;

        r = state_read(firewall->netlink, ret_before);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        if (!change->plan->policy->enabled && !ret_before->present)
                return 0;

        if (!anew) {
                sent = send_in_place(firewall, change, &failure);
                if (sent >= 0 || sent == -ENOMEM)
                        return sent;
                if (!change->plan->policy->enabled)
                        return failure_set(reterr, sent, failure.code, "%s", failure.text ?: "");
        }

        r = state_read(firewall->netlink, ret_before);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        /* not even a table that somebody has made since */
        if (sent < 0 && !ret_before->present)
                return failure_set(reterr, sent, failure.code, "%s", failure.text ?: "");
        return send_anew(firewall, change, &ret_before->counters, reterr);
}

uint32_t firewall_generation_after(uint32_t generation) {
        return generation == UINT32_MAX ? 1 : generation + 1;
}

/*
 * A listing in which a call of the library failed in passing (a full socket buffer) lacks
 * something, and nobody says so. Remembered as what the table is, it would make every later one
 * look changed. Two that agree had no such luck. Return: 1, 0, or a negative errno.
 */
static int is_listed_again(Firewall *firewall, const Digest *shape, Failure *reterr) {
        CLEANUP(listing_done) Listing listing = {};
        Digest digest;
        int r;

        r = nftables_list(firewall->nftables, NFTABLES_SHAPE, &listing, reterr);
        if (r < 0)
                return r;
        r = listing_digest(&listing, &digest);
        if (r < 0)
                return r;

        return digest_equal(&digest, shape);
}

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
        for (unsigned i = 0; i < LISTINGS_MAX; i++) {
                CLEANUP(listing_done) Listing listing = {};
                Digest shape;
                int r;

                r = nftables_list(firewall->nftables, NFTABLES_SHAPE, &listing, reterr);
                if (r < 0)
                        return r;
                *ret_ours = listing_is_ours(&listing, plan);
                if (!ret || !*ret_ours)
                        return 0;
                r = listing_digest(&listing, &shape);
                if (r >= 0)
                        r = is_listed_again(firewall, &shape, reterr);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;

                r = listing_add_elements(&listing, plan);
                return r < 0 ? r : listing_digest(&listing, ret);
        }

        return nftables_fail(reterr, -EAGAIN, "list", "the table does not come to rest");
}

/* The library's errno is not always that of its error: whether the table is there, the kernel says.
 */
static bool is_gone(Firewall *firewall) {
        FirewallState state = {};

        return state_read(firewall->netlink, &state) >= 0 && !state.present;
}

static int prove(
                Firewall *firewall,
                const FirewallChange *change,
                uint32_t generation_before,
                FirewallProof *ret,
                Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        uint32_t generation;
        FirewallProof proof = { .generation = firewall_generation_after(generation_before) };
        int r;

        *ret = (FirewallProof){};
        r =
                        firewall_digest(firewall,
                                        change->plan,
                                        &proof.ours,
                                        change->digest ? &proof.digest : NULL,
                                        &failure);
        if (r < 0 && is_gone(firewall))
                return 0; /* somebody has removed the table already: nothing is proven */
        if (r < 0) {
                failure_move(reterr, &failure);
                return r;
        }
        r = state_read_generation(firewall->netlink, &generation);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        proof.undisturbed = generation == proof.generation;

        *ret = proof;
        return 0;
}

int firewall_bring_and_prove(
                Firewall *firewall,
                const FirewallChange *change,
                FirewallProof *ret,
                Failure *reterr) {
        FirewallProof proof = { .ours = true };
        int r;

        /* in place it declares and fills what is ours; what else is there only a new table ends */
        for (unsigned i = 0; i < APPLIES_MAX && !(proof.ours && proof.undisturbed); i++) {
                FirewallState before = {};

                r = firewall_bring(firewall, change, !proof.ours, &before, reterr);
                if (r < 0)
                        return r;
                firewall->begun = firewall->begun || !before.present;
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
                                "nftables: %s: somebody else keeps changing table inet %s",
                                change->stage,
                                RULESET_TABLE);

        *ret = proof;
        return 0;
}
