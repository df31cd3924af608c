/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "firewall/in-force.h"

#define ALWAYS ((uint64_t) 1 << 32)

void in_force_done(InForce *in_force) {
        free(in_force->ids);
        string_list_done(&in_force->forwarded_interfaces);
        string_list_done(&in_force->forwarded_networks);
        exceptions_done(&in_force->exceptions);
        subject_ids_done(&in_force->subjects);
        exception_elements_done(&in_force->elements);
        *in_force = (InForce){};
}

static uint64_t key_of_user(const AllowedId *id) {
        return id->id | (ruleset_is_always_allowed(id) ? ALWAYS : 0);
}

static bool cuts(const Policy *policy, const HostFacts *facts) {
        return !policy->observe && policy_cuts_existing(policy, &facts->verdicts);
}

static int copy_ids(InForce *in_force, const HostFacts *facts) {
        size_t count = 0;

        in_force->ids = calloc(facts->uids.count + facts->gids.count + 1, sizeof(uint64_t));
        if (!in_force->ids)
                return -ENOMEM;

        for (size_t i = 0; i < facts->uids.count; i++)
                in_force->ids[count++] = key_of_user(&facts->uids.items[i]);
        for (size_t i = 0; i < facts->gids.count; i++)
                in_force->ids[count++] = facts->gids.items[i].id;
        in_force->uid_count = facts->uids.count;
        in_force->gid_count = facts->gids.count;
        return 0;
}

static int copy_exceptions(
                InForce *in_force, const Exceptions *exceptions, const SubjectIds *subjects) {
        CLEANUP(exceptions_done) Exceptions exceptions_copied = {};
        CLEANUP(subject_ids_done) SubjectIds subjects_copied = {};
        int r;

        r = exceptions_copy(exceptions, &exceptions_copied);
        if (r < 0)
                return r;
        r = subject_ids_copy(subjects, &subjects_copied);
        if (r < 0)
                return r;

        exceptions_done(&in_force->exceptions);
        in_force->exceptions = exceptions_copied;
        exceptions_copied = (Exceptions){};
        subject_ids_done(&in_force->subjects);
        in_force->subjects = subjects_copied;
        subjects_copied = (SubjectIds){};
        return 0;
}

int in_force_make(
                const RulesetPlan *plan, const Digest *digest, uint32_t generation, InForce *ret) {
        CLEANUP(in_force_done)
        InForce in_force = {
                .known = true,
                .observe = plan->policy->observe,
                .cut = cuts(plan->policy, plan->facts),
                .verdicts = plan->facts->verdicts,
                .forwarded = plan->policy->forwarded,
                .shape = plan->shape,
                .digest = *digest,
                .generation = generation,
        };
        int r;

        r = copy_ids(&in_force, plan->facts);
        if (r < 0)
                return r;
        r = string_list_copy(&plan->policy->forwarded_interfaces, &in_force.forwarded_interfaces);
        if (r < 0)
                return r;
        r = string_list_copy(&plan->policy->forwarded_networks, &in_force.forwarded_networks);
        if (r < 0)
                return r;
        r = copy_exceptions(&in_force, &plan->policy->exceptions, &plan->facts->subjects);
        if (r < 0)
                return r;
        r = delta_elements(&in_force.exceptions, &in_force.subjects, &in_force.elements);
        if (r < 0)
                return r;

        *ret = in_force;
        in_force = (InForce){};
        return 0;
}

static bool ids_are(const InForce *in_force, const HostFacts *facts) {
        const uint64_t *ids = in_force->ids;

        if (in_force->uid_count != facts->uids.count || in_force->gid_count != facts->gids.count)
                return false;
        for (size_t i = 0; i < facts->uids.count; i++)
                if (*ids++ != key_of_user(&facts->uids.items[i]))
                        return false;
        for (size_t i = 0; i < facts->gids.count; i++)
                if (*ids++ != facts->gids.items[i].id)
                        return false;

        return true;
}

bool in_force_is(const InForce *in_force, const Policy *policy, const HostFacts *facts) {
        return in_force->known && policy->enabled && in_force->observe == policy->observe &&
               in_force->cut == cuts(policy, facts) &&
               port_verdicts_equal(&in_force->verdicts, &facts->verdicts) &&
               in_force->forwarded == policy->forwarded &&
               string_list_equal(&in_force->forwarded_interfaces, &policy->forwarded_interfaces) &&
               string_list_equal(&in_force->forwarded_networks, &policy->forwarded_networks) &&
               ids_are(in_force, facts);
}

int in_force_change_exceptions(
                InForce *in_force,
                const Policy *policy,
                const HostFacts *facts,
                const Delta *delta) {
        int r;

        r = delta_change_elements(delta, &in_force->elements);
        if (r < 0)
                return r;

        return copy_exceptions(in_force, &policy->exceptions, &facts->subjects);
}
