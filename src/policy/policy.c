/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/policy.h"
#include "util/text.h"

static const char *const forwarded_names[_FORWARDED_MAX] = {
        [FORWARDED_ALLOW] = "allow",
        [FORWARDED_REJECT] = "reject",
        [FORWARDED_OBSERVE] = "observe",
};

const char *forwarded_to_string(Forwarded forwarded) {
        assert(forwarded < _FORWARDED_MAX);

        return forwarded_names[forwarded];
}

int forwarded_from_string(const char *string, Forwarded *ret, Failure *reterr) {
        for (size_t i = 0; i < _FORWARDED_MAX; i++)
                if (string_equal(string, forwarded_names[i])) {
                        *ret = (Forwarded) i;
                        return 0;
                }

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        SMTP_RESTRICTIONS_KEY_FORWARDED ": is none of allow, reject and observe");
}

void policy_init(Policy *policy) {
        *policy = (Policy){
                .port_verdicts = port_verdicts_default,
                .cut_existing = TRISTATE_UNSET,
                .shared_share = SMTP_RESTRICTIONS_SHARED_SHARE_DEFAULT,
        };
}

void policy_done(Policy *policy) {
        if (!policy)
                return;

        string_list_done(&policy->allowed_users);
        string_list_done(&policy->allowed_groups);
        string_list_done(&policy->forwarded_interfaces);
        string_list_done(&policy->forwarded_networks);
        free(policy->contact);
        free(policy->domain_owners);
        free(policy->shared_counters);
        mail_limits_done(&policy->mail_limits);
        exceptions_done(&policy->exceptions);
        policy_init(policy);
}

static int copy_text(const char *text, char **ret) {
        if (!text)
                return 0;

        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

int policy_copy(const Policy *policy, Policy *ret) {
        CLEANUP(policy_done) Policy copy = *policy;
        int r;

        assert(ret);

        /* what the copy does not own yet */
        copy.allowed_users = (StringList){};
        copy.allowed_groups = (StringList){};
        copy.forwarded_interfaces = (StringList){};
        copy.forwarded_networks = (StringList){};
        copy.contact = NULL;
        copy.domain_owners = NULL;
        copy.shared_counters = NULL;
        copy.mail_limits = (MailLimits){};
        copy.exceptions = (Exceptions){};

        r = string_list_copy(&policy->allowed_users, &copy.allowed_users);
        if (r < 0)
                return r;

        r = string_list_copy(&policy->allowed_groups, &copy.allowed_groups);
        if (r < 0)
                return r;

        r = string_list_copy(&policy->forwarded_interfaces, &copy.forwarded_interfaces);
        if (r < 0)
                return r;

        r = string_list_copy(&policy->forwarded_networks, &copy.forwarded_networks);
        if (r < 0)
                return r;

        r = mail_limits_copy(&policy->mail_limits, &copy.mail_limits);
        if (r < 0)
                return r;

        r = exceptions_copy(&policy->exceptions, &copy.exceptions);
        if (r < 0)
                return r;

        r = copy_text(policy->contact, &copy.contact);
        if (r < 0)
                return r;

        r = copy_text(policy->domain_owners, &copy.domain_owners);
        if (r < 0)
                return r;

        r = copy_text(policy->shared_counters, &copy.shared_counters);
        if (r < 0)
                return r;

        *ret = copy;
        policy_init(&copy);
        return 0;
}

bool policy_equal(const Policy *a, const Policy *b) {
        return a->enabled == b->enabled && a->observe == b->observe &&
               a->port_verdicts_set == b->port_verdicts_set &&
               port_verdicts_equal(&a->port_verdicts, &b->port_verdicts) &&
               string_list_equal(&a->allowed_users, &b->allowed_users) &&
               string_list_equal(&a->allowed_groups, &b->allowed_groups) &&
               a->forwarded == b->forwarded &&
               string_list_equal(&a->forwarded_interfaces, &b->forwarded_interfaces) &&
               string_list_equal(&a->forwarded_networks, &b->forwarded_networks) &&
               a->cut_existing == b->cut_existing && string_equal(a->contact, b->contact) &&
               string_equal(a->domain_owners, b->domain_owners) &&
               string_equal(a->shared_counters, b->shared_counters) &&
               a->shared_share == b->shared_share &&
               mail_limits_equal(&a->mail_limits, &b->mail_limits);
}

bool policy_cuts_existing(const Policy *policy, const PortVerdicts *effective) {
        if (policy->cut_existing != TRISTATE_UNSET)
                return policy->cut_existing == TRISTATE_TRUE;

        return port_verdicts_have(effective, PORT_VERDICT_REDIRECT);
}
