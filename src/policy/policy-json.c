/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/json-value.h"
#include "policy/mail-limits-json.h"
#include "policy/policy-change.h"
#include "policy/policy-json.h"
#include "policy/policy-text.h"
#include "util/text.h"

#define KEY_VERSION "Version"

/* NULL is also the answer for a key that is unset: ask `value_is_set()` first. */
static json_t *value_to_json(const Policy *policy, PolicyKey key) {
        switch (key) {
        case POLICY_KEY_ENABLED:
                return json_boolean(policy->enabled);
        case POLICY_KEY_PORT_VERDICTS:
                return json_from_port_verdicts(&policy->port_verdicts);
        case POLICY_KEY_OBSERVE:
                return json_boolean(policy->observe);
        case POLICY_KEY_ALLOWED_USERS:
                return json_from_names(&policy->allowed_users);
        case POLICY_KEY_ALLOWED_GROUPS:
                return json_from_names(&policy->allowed_groups);
        case POLICY_KEY_CUT_EXISTING:
                return json_boolean(policy->cut_existing == TRISTATE_TRUE);
        case POLICY_KEY_FORWARDED:
                return json_string(forwarded_to_string(policy->forwarded));
        case POLICY_KEY_FORWARDED_INTERFACES:
                return json_from_names(&policy->forwarded_interfaces);
        case POLICY_KEY_FORWARDED_NETWORKS:
                return json_from_names(&policy->forwarded_networks);
        case POLICY_KEY_CONTACT:
                return json_string(policy->contact);
        case POLICY_KEY_DOMAIN_OWNERS:
                return json_string(policy->domain_owners);
        case POLICY_KEY_SHARED_COUNTERS:
                return json_string(policy->shared_counters);
        case POLICY_KEY_SHARED_SHARE:
                return json_integer(policy->shared_share);
        default:
                return mail_limits_to_json(&policy->mail_limits);
        }
}

static bool value_is_set(const Policy *policy, PolicyKey key) {
        switch (key) {
        case POLICY_KEY_PORT_VERDICTS:
                return policy->port_verdicts_set;
        case POLICY_KEY_ALLOWED_USERS:
                return policy->allowed_users.count > 0;
        case POLICY_KEY_ALLOWED_GROUPS:
                return policy->allowed_groups.count > 0;
        case POLICY_KEY_CUT_EXISTING:
                return policy->cut_existing != TRISTATE_UNSET;
        case POLICY_KEY_FORWARDED:
                return policy->forwarded != FORWARDED_ALLOW;
        case POLICY_KEY_FORWARDED_INTERFACES:
                return policy->forwarded_interfaces.count > 0;
        case POLICY_KEY_FORWARDED_NETWORKS:
                return policy->forwarded_networks.count > 0;
        case POLICY_KEY_CONTACT:
                return policy->contact;
        case POLICY_KEY_DOMAIN_OWNERS:
                return policy->domain_owners;
        case POLICY_KEY_SHARED_COUNTERS:
                return policy->shared_counters;
        case POLICY_KEY_SHARED_SHARE:
                return policy->shared_share != SMTP_RESTRICTIONS_SHARED_SHARE_DEFAULT;
        case POLICY_KEY_MAIL_LIMITS:
                return !mail_limits_are_empty(&policy->mail_limits);
        default:
                return true;
        }
}

json_t *policy_to_json(const Policy *policy) {
        CLEANUP(json_decrefp) json_t *json = json_object();

        if (json_object_set_new(json, KEY_VERSION, json_integer(POLICY_TEXT_VERSION)) < 0)
                return NULL;

        for (size_t i = 0; i < _POLICY_KEY_MAX; i++) {
                PolicyKey key = (PolicyKey) i;

                if (value_is_set(policy, key) &&
                    json_object_set_new(
                                    json, policy_key_to_string(key), value_to_json(policy, key)) <
                                    0)
                        return NULL;
        }

        return TAKE(json);
}

typedef int (*TextCheck)(const char *text, Failure *reterr);

/* An empty one is none. */
static int read_text(
                const json_t *json, const char *key, TextCheck check, char **ret, Failure *reterr) {
        const char *text = json_string_value(json);
        char *copy;
        int r;

        if (!text || strlen(text) != json_string_length(json))
                return json_refuse_type(key, "a text", reterr);

        r = check(text, reterr);
        if (r < 0)
                return r;
        if (text[0] == 0)
                return 0;

        copy = strdup(text);
        if (!copy)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

static int read_forwarded(const json_t *json, Forwarded *ret, Failure *reterr) {
        return forwarded_from_string(json_string_value(json), ret, reterr);
}

static int read_cut(const json_t *json, const char *key, Tristate *ret, Failure *reterr) {
        bool cut;
        int r;

        r = json_read_boolean(json, key, &cut, reterr);
        if (r >= 0)
                *ret = cut ? TRISTATE_TRUE : TRISTATE_FALSE;
        return r;
}

static int read_share(const json_t *json, const char *key, uint32_t *ret, Failure *reterr) {
        int r;

        if (!json_is_integer(json) || json_integer_value(json) < 0)
                return json_refuse_type(key, "a number", reterr);

        r = policy_check_shared_share((uint64_t) json_integer_value(json), reterr);
        if (r >= 0)
                *ret = (uint32_t) json_integer_value(json);
        return r;
}

/* Each key is there once (the reader of text sees to it), so that nothing is overwritten. */
static int read_value(
                PolicyKey key,
                const json_t *json,
                Policy *policy,
                JsonPath *path,
                Failure *reterr) {
        const char *name = policy_key_to_string(key);

        switch (key) {
        case POLICY_KEY_ENABLED:
                return json_read_boolean(json, name, &policy->enabled, reterr);
        case POLICY_KEY_PORT_VERDICTS:
                policy->port_verdicts_set = true;
                return json_read_port_verdicts(json, &policy->port_verdicts, path, reterr);
        case POLICY_KEY_OBSERVE:
                return json_read_boolean(json, name, &policy->observe, reterr);
        case POLICY_KEY_ALLOWED_USERS:
                return json_read_names(
                                json,
                                name,
                                SMTP_RESTRICTIONS_ALLOWED_USERS_MAX,
                                policy_check_name,
                                &policy->allowed_users,
                                path,
                                reterr);
        case POLICY_KEY_ALLOWED_GROUPS:
                return json_read_names(
                                json,
                                name,
                                SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX,
                                policy_check_name,
                                &policy->allowed_groups,
                                path,
                                reterr);
        case POLICY_KEY_FORWARDED:
                return read_forwarded(json, &policy->forwarded, reterr);
        case POLICY_KEY_FORWARDED_INTERFACES:
                return json_read_names(
                                json,
                                name,
                                SMTP_RESTRICTIONS_FORWARDED_MAX,
                                policy_check_interface,
                                &policy->forwarded_interfaces,
                                path,
                                reterr);
        case POLICY_KEY_FORWARDED_NETWORKS:
                return json_read_names(
                                json,
                                name,
                                SMTP_RESTRICTIONS_FORWARDED_MAX,
                                policy_check_network,
                                &policy->forwarded_networks,
                                path,
                                reterr);
        case POLICY_KEY_CUT_EXISTING:
                return read_cut(json, name, &policy->cut_existing, reterr);
        case POLICY_KEY_CONTACT:
                return read_text(json, name, policy_check_contact, &policy->contact, reterr);
        case POLICY_KEY_DOMAIN_OWNERS:
                return read_text(
                                json,
                                name,
                                policy_check_domain_owners,
                                &policy->domain_owners,
                                reterr);
        case POLICY_KEY_SHARED_COUNTERS:
                return read_text(
                                json,
                                name,
                                policy_check_shared_counters,
                                &policy->shared_counters,
                                reterr);
        case POLICY_KEY_SHARED_SHARE:
                return read_share(json, name, &policy->shared_share, reterr);
        default:
                return mail_limits_read_json(json, &policy->mail_limits, path, reterr);
        }
}

/* Return: 0, POLICY_TEXT_E_NEWER, -EINVAL. */
static int check_version(const json_t *json, JsonPath *path, Failure *reterr) {
        const json_t *version = json_object_get(json, KEY_VERSION);

        if (!version ||
            (json_is_integer(version) && json_integer_value(version) == POLICY_TEXT_VERSION))
                return 0;

        json_path_push_key(path, KEY_VERSION);
        if (!json_is_integer(version) || json_integer_value(version) < POLICY_TEXT_VERSION)
                return json_refuse_type(KEY_VERSION, "1", reterr);

        (void) failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: %" JSON_INTEGER_FORMAT
                        " is newer than %d, the newest that this program knows",
                        KEY_VERSION,
                        json_integer_value(version),
                        POLICY_TEXT_VERSION);
        return POLICY_TEXT_E_NEWER;
}

static int read_keys(const json_t *json, Policy *policy, JsonPath *path, Failure *reterr) {
        const char *string;
        json_t *value;
        int r;

        json_object_foreach((json_t *) json, string, value) {
                PolicyKey key;

                if (string_equal(string, KEY_VERSION))
                        continue;

                json_path_push_key(path, string);
                r = policy_key_from_string(string, &key, reterr);
                if (r < 0)
                        return r;

                r = read_value(key, value, policy, path, reterr);
                if (r < 0)
                        return r;
                json_path_pop(path);
        }

        return 0;
}

int policy_read_json(const json_t *json, Policy *ret, JsonPath *path, Failure *reterr) {
        CLEANUP(policy_done) Policy policy = {};
        int r;

        policy_init(&policy);

        if (!json_is_object(json))
                return json_refuse_type("policy", "an object", reterr);

        r = check_version(json, path, reterr);
        if (r != 0)
                return r;

        r = read_keys(json, &policy, path, reterr);
        if (r < 0)
                return r;

        r = policy_check(&policy, reterr);
        if (r < 0) {
                /* every single key has been judged: what is left are the rules between limits */
                json_path_push_key(path, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS);
                return r;
        }

        *ret = policy;
        policy_init(&policy);
        return 0;
}

int policy_from_json(const json_t *json, Policy *ret, Failure *reterr) {
        JsonPath path = {};
        int r;

        assert(ret);

        r = policy_read_json(json, ret, &path, reterr);
        return r == POLICY_TEXT_E_NEWER ? -EINVAL : r;
}
