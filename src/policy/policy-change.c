/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/policy-change.h"
#include "policy/unknown-key.h"
#include "util/text.h"

static const char *const key_names[_POLICY_KEY_MAX] = {
        [POLICY_KEY_ENABLED] = SMTP_RESTRICTIONS_KEY_ENABLED,
        [POLICY_KEY_PORT_VERDICTS] = SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
        [POLICY_KEY_OBSERVE] = SMTP_RESTRICTIONS_KEY_OBSERVE,
        [POLICY_KEY_ALLOWED_USERS] = SMTP_RESTRICTIONS_KEY_ALLOWED_USERS,
        [POLICY_KEY_ALLOWED_GROUPS] = SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS,
        [POLICY_KEY_CUT_EXISTING] = SMTP_RESTRICTIONS_KEY_CUT_EXISTING,
        [POLICY_KEY_FORWARDED] = SMTP_RESTRICTIONS_KEY_FORWARDED,
        [POLICY_KEY_FORWARDED_INTERFACES] = SMTP_RESTRICTIONS_KEY_FORWARDED_INTERFACES,
        [POLICY_KEY_FORWARDED_NETWORKS] = SMTP_RESTRICTIONS_KEY_FORWARDED_NETWORKS,
        [POLICY_KEY_CONTACT] = SMTP_RESTRICTIONS_KEY_CONTACT,
        [POLICY_KEY_DOMAIN_OWNERS] = SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS,
        [POLICY_KEY_SHARED_COUNTERS] = SMTP_RESTRICTIONS_KEY_SHARED_COUNTERS,
        [POLICY_KEY_SHARED_SHARE] = SMTP_RESTRICTIONS_KEY_SHARED_SHARE,
        [POLICY_KEY_MAIL_LIMITS] = SMTP_RESTRICTIONS_KEY_MAIL_LIMITS,
};

static const char *key_name(size_t i) {
        return key_names[i];
}

static const KeyTable key_table = {
        .name = key_name,
        .count = _POLICY_KEY_MAX,
};

const char *policy_key_to_string(PolicyKey key) {
        assert(key < _POLICY_KEY_MAX);

        return key_names[key];
}

int policy_key_from_string(const char *string, PolicyKey *ret, Failure *reterr) {
        assert(string && ret);

        for (size_t i = 0; i < _POLICY_KEY_MAX; i++)
                if (string_equal(string, key_names[i])) {
                        *ret = (PolicyKey) i;
                        return 0;
                }

        return unknown_key_refuse(string, &key_table, reterr);
}

void policy_change_init(PolicyChange *change) {
        *change = (PolicyChange){};
        policy_init(&change->values);
}

void policy_change_done(PolicyChange *change) {
        if (!change)
                return;

        policy_done(&change->values);
        policy_change_init(change);
}

/* `to` becomes a sorted copy. The count is checked first: what is too long is not copied. */
static int apply_names(
                const char *key,
                const StringList *names,
                size_t max,
                StringList *to,
                Failure *reterr) {
        CLEANUP(string_list_done) StringList copy = {};
        int r;

        r = policy_check_count(key, names->count, 0, max, reterr);
        if (r < 0)
                return r;

        r = string_list_copy(names, &copy);
        if (r < 0)
                return r;
        string_list_sort_unique(&copy);

        string_list_done(to);
        *to = copy;
        copy = (StringList){};
        return 0;
}

static int apply_lists(const PolicyChange *change, Policy *policy, Failure *reterr) {
        const Policy *values = &change->values;
        const struct {
                PolicyKey key;
                const StringList *from;
                size_t max;
                StringList *to;
        } lists[] = {
                { POLICY_KEY_ALLOWED_USERS,
                  &values->allowed_users,
                  SMTP_RESTRICTIONS_ALLOWED_USERS_MAX,
                  &policy->allowed_users },
                { POLICY_KEY_ALLOWED_GROUPS,
                  &values->allowed_groups,
                  SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX,
                  &policy->allowed_groups },
                { POLICY_KEY_FORWARDED_INTERFACES,
                  &values->forwarded_interfaces,
                  SMTP_RESTRICTIONS_FORWARDED_MAX,
                  &policy->forwarded_interfaces },
                { POLICY_KEY_FORWARDED_NETWORKS,
                  &values->forwarded_networks,
                  SMTP_RESTRICTIONS_FORWARDED_MAX,
                  &policy->forwarded_networks },
        };

        for (size_t i = 0; i < ELEMENTS_OF(lists); i++) {
                int r;

                if (!change->named[lists[i].key])
                        continue;
                r = apply_names(policy_key_to_string(lists[i].key),
                                lists[i].from,
                                lists[i].max,
                                lists[i].to,
                                reterr);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int apply_text(const char *text, char **to) {
        CLEANUP(freep) char *copy = NULL;

        /* an empty one is none: SetPolicy has no other way to take it away */
        if (text && text[0]) {
                copy = strdup(text);
                if (!copy)
                        return -ENOMEM;
        }

        free(*to);
        *to = TAKE(copy);
        return 0;
}

static int apply_texts(const PolicyChange *change, Policy *policy) {
        int r = 0;

        if (change->named[POLICY_KEY_CONTACT])
                r = apply_text(change->values.contact, &policy->contact);
        if (r >= 0 && change->named[POLICY_KEY_DOMAIN_OWNERS])
                r = apply_text(change->values.domain_owners, &policy->domain_owners);
        if (r >= 0 && change->named[POLICY_KEY_SHARED_COUNTERS])
                r = apply_text(change->values.shared_counters, &policy->shared_counters);

        return r;
}

static int apply_limits(const PolicyChange *change, MailLimits *limits) {
        static const MailLimits none = {};
        const MailLimits *values = &change->values.mail_limits;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                const MailLimits *from = NULL;
                int r;

                if (change->named[POLICY_KEY_MAIL_LIMITS] && values->set[i])
                        from = values;
                else if (change->reset[i])
                        from = &none;
                if (!from)
                        continue;

                r = mail_limits_take_over(limits, (MailLimit) i, from);
                if (r < 0)
                        return r;
        }

        return 0;
}

static void apply_switches(const PolicyChange *change, Policy *policy) {
        const Policy *values = &change->values;

        if (change->named[POLICY_KEY_ENABLED])
                policy->enabled = values->enabled;
        if (change->named[POLICY_KEY_OBSERVE])
                policy->observe = values->observe;
        if (change->named[POLICY_KEY_CUT_EXISTING])
                policy->cut_existing = values->cut_existing;
        if (change->named[POLICY_KEY_FORWARDED])
                policy->forwarded = values->forwarded;
        if (change->named[POLICY_KEY_SHARED_SHARE])
                policy->shared_share = values->shared_share;
        if (change->named[POLICY_KEY_PORT_VERDICTS]) {
                policy->port_verdicts_set = values->port_verdicts_set;
                policy->port_verdicts = values->port_verdicts_set ? values->port_verdicts
                                                                  : port_verdicts_default;
        }
}

int policy_change_apply(
                const PolicyChange *change, const Policy *from, Policy *ret, Failure *reterr) {
        CLEANUP(policy_done) Policy policy = {};
        int r;

        assert(change && from && ret);

        policy_init(&policy);
        if (!change->replace) {
                r = policy_copy(from, &policy);
                if (r < 0)
                        return r;
        }

        apply_switches(change, &policy);
        r = apply_limits(change, &policy.mail_limits);
        if (r < 0)
                return r;

        r = apply_lists(change, &policy, reterr);
        if (r < 0)
                return r;

        r = apply_texts(change, &policy);
        if (r < 0)
                return r;

        r = policy_check(&policy, reterr);
        if (r < 0)
                return r;

        *ret = policy;
        policy_init(&policy);
        return 0;
}

static void describe_key(Text *text, const char *parent, const char *key) {
        if (text->size > 0)
                text_append_string(text, ", ");
        if (parent)
                text_append_format(text, "%s.", parent);
        text_append_string(text, key);
}

/*
 * A replacement changes every key, also those that it does not name: a site's polkit rule that lets
 * somebody change Contact must not let him take the rest to its defaults.
 */
char *policy_change_describe(const PolicyChange *change) {
        CLEANUP(text_done) Text text = {};
        char *description;

        for (size_t i = 0; i < POLICY_KEY_MAIL_LIMITS; i++)
                if (change->replace || change->named[i])
                        describe_key(&text, NULL, key_names[i]);

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (change->replace || change->reset[i] ||
                    (change->named[POLICY_KEY_MAIL_LIMITS] && change->values.mail_limits.set[i]))
                        describe_key(&text,
                                     key_names[POLICY_KEY_MAIL_LIMITS],
                                     mail_limit_infos[i].key);

        return text_finish(&text, &description, NULL) < 0 ? NULL : description;
}
