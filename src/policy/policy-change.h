/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A change of a policy: the keys that a call names, with their values. Pure.
 * `policy_change_apply()` on the policy in force gives the wanted one; with .replace, keys that are
 * not named become defaults instead of staying.
 */

#include "policy/policy.h"

typedef enum PolicyKey {
        POLICY_KEY_ENABLED,
        POLICY_KEY_PORT_VERDICTS,
        POLICY_KEY_OBSERVE,
        POLICY_KEY_ALLOWED_USERS,
        POLICY_KEY_ALLOWED_GROUPS,
        POLICY_KEY_CUT_EXISTING,
        POLICY_KEY_FORWARDED,
        POLICY_KEY_FORWARDED_INTERFACES,
        POLICY_KEY_FORWARDED_NETWORKS,
        POLICY_KEY_CONTACT,
        POLICY_KEY_DOMAIN_OWNERS,
        POLICY_KEY_SHARED_COUNTERS,
        POLICY_KEY_SHARED_SHARE,
        POLICY_KEY_MAIL_LIMITS,
        _POLICY_KEY_MAX,
} PolicyKey;

/* The name on the bus and in policy.json. */
const char *policy_key_to_string(PolicyKey key);
/* Return: 0, or -EINVAL with UnknownKey naming the key and those that exist. */
WARN_UNUSED int policy_key_from_string(const char *string, PolicyKey *ret, Failure *reterr);

typedef struct PolicyChange {
        bool replace;                /* start from defaults rather than from the policy in force */
        bool named[_POLICY_KEY_MAX]; /* which of the values below count */
        Policy values;               /* of MailLimits only those that are set are changed */
        bool reset[_MAIL_LIMIT_MAX]; /* limits that are no longer ours; applied before
                                        values.mail_limits */
} PolicyChange;

void policy_change_init(PolicyChange *change);
void policy_change_done(PolicyChange *change);
WARN_UNUSED int policy_change_copy(const PolicyChange *change, PolicyChange *ret);

/*
 * Apply to `from`. The lists of the result are sorted and unique. Return: 0; -EINVAL with
 * InvalidValue (policy_check()); -ENOMEM.
 */
WARN_UNUSED int policy_change_apply(
                const PolicyChange *change, const Policy *from, Policy *ret, Failure *reterr);

/* What makes `before` to `after`: the keys that differ. Return: 0 or -ENOMEM. */
WARN_UNUSED int policy_change_between(const Policy *before, const Policy *after, PolicyChange *ret);

/*
 * The names of the keys that it changes, for polkit's details and the log, as "PortVerdicts,
 * MailLimits.SmtpAcceptMax". The caller frees. NULL when out of memory.
 */
char *policy_change_describe(const PolicyChange *change);
