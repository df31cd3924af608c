/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/history-entry.h"
#include "policy/policy-text.h"
#include "util/json.h"
#include "util/text.h"

#define LIMIT_PREFIX SMTP_RESTRICTIONS_KEY_MAIL_LIMITS "."

void history_entry_init(HistoryEntry *entry) {
        *entry = (HistoryEntry){};
        policy_init(&entry->policy);
        policy_change_init(&entry->delta);
}

void history_entry_done(HistoryEntry *entry) {
        if (!entry)
                return;

        last_change_done(&entry->change);
        policy_done(&entry->policy);
        policy_change_done(&entry->delta);
        history_entry_init(entry);
}

void history_entries_done(HistoryEntries *entries) {
        if (!entries)
                return;

        for (size_t i = 0; i < entries->count; i++)
                history_entry_done(&entries->items[i]);
        free(entries->items);
        *entries = (HistoryEntries){};
}

static bool changes_limit(const PolicyChange *delta, size_t limit) {
        return delta->reset[limit] ||
               (delta->named[POLICY_KEY_MAIL_LIMITS] && delta->values.mail_limits.set[limit]);
}

/* The names of the keys that changed are enough: their values are the policy's. */
static json_t *keys_to_json(const PolicyChange *delta) {
        CLEANUP(json_decrefp) json_t *keys = json_array();

        if (!keys)
                return NULL;

        for (PolicyKey key = 0; key < _POLICY_KEY_MAX; key++)
                if (key != POLICY_KEY_MAIL_LIMITS && delta->named[key] &&
                    json_array_append_new(keys, json_string(policy_key_to_string(key))) < 0)
                        return NULL;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (changes_limit(delta, i) &&
                    json_array_append_new(
                                    keys,
                                    json_sprintf(LIMIT_PREFIX "%s", mail_limit_infos[i].key)) < 0)
                        return NULL;

        return TAKE(keys);
}

static int read_key(const char *key, const Policy *policy, PolicyChange *delta) {
        const char *limit_key = string_after_prefix(key, LIMIT_PREFIX);
        PolicyKey policy_key;
        MailLimit limit;
        int r;

        if (!limit_key) {
                r = policy_key_from_string(key, &policy_key, NULL);
                if (r >= 0)
                        delta->named[policy_key] = true;
                return r;
        }

        r = mail_limit_from_key(limit_key, &limit, NULL);
        if (r < 0)
                return r;
        if (!policy->mail_limits.set[limit]) {
                delta->reset[limit] = true;
                return 0;
        }

        delta->named[POLICY_KEY_MAIL_LIMITS] = true;
        return mail_limits_take_over(&delta->values.mail_limits, limit, &policy->mail_limits);
}

static int read_delta(const json_t *keys, HistoryEntry *entry, Failure *reterr) {
        PolicyChange *delta = &entry->delta;
        json_t *key;
        size_t i;
        int r;

        r = policy_copy(&entry->policy, &delta->values);
        if (r < 0)
                return r;
        mail_limits_done(&delta->values.mail_limits);

        json_array_foreach((json_t *) keys, i, key) {
                const char *string = json_string_value(key);

                if (!string || read_key(string, &entry->policy, delta) < 0)
                        return failure_set(
                                        reterr,
                                        -EINVAL,
                                        FAILURE_INVALID_VALUE,
                                        "Changed: names what is no key");
        }

        return 0;
}

int history_entry_to_text(const HistoryEntry *entry, char **ret_text, size_t *ret_size) {
        CLEANUP(json_decrefp) json_t *root = NULL;

        root =
                        json_pack("{s:i, s:I, s:o, s:o, s:o}",
                                  "Version",
                                  HISTORY_ENTRY_VERSION,
                                  "Generation",
                                  (json_int_t) entry->generation,
                                  "Change",
                                  last_change_to_json(&entry->change),
                                  "Changed",
                                  keys_to_json(&entry->delta),
                                  "Policy",
                                  policy_to_json(&entry->policy));
        if (!root)
                return -ENOMEM;

        return json_to_text(root, JSON_COMPACT, ret_text, ret_size);
}

int history_entry_from_text(const char *text, size_t size, HistoryEntry *ret, Failure *reterr) {
        CLEANUP(history_entry_done) HistoryEntry entry;
        CLEANUP(json_decrefp) json_t *root = NULL;
        int r;

        history_entry_init(&entry);

        r = json_from_text(text, size, &root, reterr);
        if (r < 0)
                return r;
        if (json_integer_value(json_object_get(root, "Version")) != HISTORY_ENTRY_VERSION ||
            !json_is_integer(json_object_get(root, "Generation")) ||
            !json_is_array(json_object_get(root, "Changed")))
                return failure_set(
                                reterr, -EINVAL, FAILURE_INVALID_VALUE, "not a policy of the past");

        entry.generation = (uint64_t) json_integer_value(json_object_get(root, "Generation"));
        r = policy_from_json(json_object_get(root, "Policy"), &entry.policy, reterr);
        if (r < 0)
                return r;
        r = read_delta(json_object_get(root, "Changed"), &entry, reterr);
        if (r < 0)
                return r;
        r = last_change_from_json(json_object_get(root, "Change"), &entry.change);
        if (r < 0)
                return r;

        *ret = entry;
        history_entry_init(&entry);
        return 0;
}
