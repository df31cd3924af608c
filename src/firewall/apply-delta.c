/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The second form of applying: a few elements, rather than the whole ruleset. */

#include <errno.h>
#include <string.h>

#include "firewall/bring.h"
#include "util/now.h"

/* Reading back one by one; for more the success of the batch has to do. */
#define PROVEN_MAX 256

/* Is each element there, or not there, as it is to be? Return: 1, 0, or a negative errno. */
static int prove_elements(Firewall *firewall, const Delta *delta, uint64_t now_usec) {
        for (size_t i = 0; i < MIN_OF(delta->count, (size_t) PROVEN_MAX); i++) {
                const ExceptionElement *element = &delta->items[i].element;
                bool there = false;
                int r;

                /* about to end: nobody can tell */
                if (element->expires_usec > 0 && element->expires_usec < now_usec + USEC_PER_SEC)
                        continue;
                r = state_has_element(firewall->netlink, element, &there);
                if (r < 0)
                        return r;
                if (there != (element->expires_usec > 0))
                        return 0;
        }

        return 1;
}

static int apply(Firewall *firewall, const Delta *delta, const RulesetPlan *plan, Failure *reterr) {
        uint64_t now_usec = now_read_usec(CLOCK_REALTIME);
        CLEANUP(freep) char *text = NULL;
        uint32_t generation, found;
        bool ours = true;
        int r;

        r = delta_render(delta, plan, now_usec, &text);
        if (r < 0)
                return r;
        if (*text) {
                firewall->in_force.known = false;
                r = nftables_change(firewall->nftables, "exceptions", text, false, reterr);
                if (r < 0)
                        return r;
                generation = firewall_generation_after(firewall->in_force.generation);
        } else
                generation = firewall->in_force.generation;

        r = prove_elements(firewall, delta, now_usec);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        if (r == 0)
                return FIREWALL_E_WHOLE;
        if (delta->set_count > 0) {
                r = firewall_digest(firewall, plan, &ours, &firewall->in_force.digest, reterr);
                if (r < 0)
                        return r;
        }

        r = state_read_generation(firewall->netlink, &found);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);
        if (!ours || found != generation)
                return FIREWALL_E_WHOLE;

        firewall->in_force.generation = generation;
        return 0;
}

/* Return: 0, FIREWALL_E_WHOLE, or a negative errno. */
static int plan_sets(
                const InForce *in_force,
                const Policy *policy,
                const HostFacts *facts,
                RulesetPlan *plan) {
        int r = ruleset_plan(policy, facts, plan);

        if (r < 0)
                return r;

        /* the first one, the last one, the first that redirects: other chains are needed */
        return memcmp(&plan->shape, &in_force->shape, sizeof(plan->shape)) == 0 ? 0
                                                                                : FIREWALL_E_WHOLE;
}

int firewall_apply_delta(
                Firewall *firewall, const Policy *policy, const HostFacts *facts, bool dry_run) {
        InForce *in_force = &firewall->in_force;
        const DeltaSide before = { &in_force->exceptions, &in_force->subjects };
        const DeltaSide after = { &policy->exceptions, &facts->subjects };
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(delta_done) Delta delta = {};
        int r;

        r = delta_make(&before, &in_force->elements, &after, &delta);
        if (r == DELTA_E_TOO_MUCH)
                return FIREWALL_E_WHOLE;
        if (r < 0)
                return r;
        if (delta.set_count > 0) {
                r = plan_sets(in_force, policy, facts, &plan);
                if (r != 0)
                        return r;
        }

        if (!dry_run) {
                r = apply(firewall, &delta, &plan, &failure);
                if (r == -ENOMEM)
                        return r;
                if (r != 0)
                        return FIREWALL_E_WHOLE; /* says what is wrong, if anything is */
        }
        if (!delta_subjects_agree(&before, &after))
                return FIREWALL_E_WHOLE;
        if (dry_run)
                return 0;

        in_force->known = false;
        r = in_force_change_exceptions(in_force, policy, facts, &delta);
        in_force->known = r >= 0;
        return r;
}
