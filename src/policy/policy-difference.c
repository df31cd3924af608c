/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "policy/policy-change.h"
#include "util/text.h"

int policy_change_copy(const PolicyChange *change, PolicyChange *ret) {
        PolicyChange copy = *change;
        int r;

        r = policy_copy(&change->values, &copy.values);
        if (r < 0)
                return r;

        *ret = copy;
        return 0;
}

static void find_keys(const Policy *before, const Policy *after, PolicyChange *change) {
        change->named[POLICY_KEY_ENABLED] = before->enabled != after->enabled;
        change->named[POLICY_KEY_OBSERVE] = before->observe != after->observe;
        change->named[POLICY_KEY_CUT_EXISTING] = before->cut_existing != after->cut_existing;
        change->named[POLICY_KEY_PORT_VERDICTS] =
                        before->port_verdicts_set != after->port_verdicts_set ||
                        !port_verdicts_equal(&before->port_verdicts, &after->port_verdicts);
        change->named[POLICY_KEY_ALLOWED_USERS] =
                        !string_list_equal(&before->allowed_users, &after->allowed_users);
        change->named[POLICY_KEY_ALLOWED_GROUPS] =
                        !string_list_equal(&before->allowed_groups, &after->allowed_groups);
        change->named[POLICY_KEY_FORWARDED] = before->forwarded != after->forwarded;
        change->named[POLICY_KEY_FORWARDED_INTERFACES] = !string_list_equal(
                        &before->forwarded_interfaces, &after->forwarded_interfaces);
        change->named[POLICY_KEY_FORWARDED_NETWORKS] =
                        !string_list_equal(&before->forwarded_networks, &after->forwarded_networks);
        change->named[POLICY_KEY_CONTACT] = !string_equal(before->contact, after->contact);
        change->named[POLICY_KEY_DOMAIN_OWNERS] =
                        !string_equal(before->domain_owners, after->domain_owners);
        change->named[POLICY_KEY_SHARED_COUNTERS] =
                        !string_equal(before->shared_counters, after->shared_counters);
        change->named[POLICY_KEY_SHARED_SHARE] = before->shared_share != after->shared_share;
}

/* Of the limits only those that differ stay set. */
static void find_limits(const MailLimits *before, const MailLimits *after, PolicyChange *change) {
        MailLimits *values = &change->values.mail_limits;

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++) {
                change->reset[i] = before->set[i] && !after->set[i];
                if (!after->set[i] || mail_limits_agree(before, after, i))
                        mail_limits_unset(values, i);
                else
                        change->named[POLICY_KEY_MAIL_LIMITS] = true;
        }
}

int policy_change_between(const Policy *before, const Policy *after, PolicyChange *ret) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        int r;

        r = policy_copy(after, &change.values);
        if (r < 0)
                return r;

        find_keys(before, after, &change);
        find_limits(&before->mail_limits, &after->mail_limits, &change);

        *ret = change;
        policy_change_init(&change);
        return 0;
}
