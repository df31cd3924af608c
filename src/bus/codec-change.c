/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/codec-write.h"
#include "dbus/containers.h"
#include "util/text.h"

/* Names of one list: 50 changes of 50,000 users each would not fit into one message. */
#define NAMES_MAX 1000

static int append_flag(sd_bus_message *m, const char *key, bool value) {
        return sd_bus_message_append(m, "{sv}", key, "b", (int) value);
}

static int append_list(sd_bus_message *m, const char *key, const StringList *list) {
        CLEANUP(freep) char *count_key = NULL;

        if (list->count <= NAMES_MAX)
                return codec_append_list_entry(m, key, list);

        count_key = string_format("%sCount", key);
        if (!count_key)
                return -ENOMEM;

        return sd_bus_message_append(m, "{sv}", count_key, "u", (uint32_t) list->count);
}

static int append_value(sd_bus_message *m, PolicyKey policy_key, const Policy *values) {
        const char *key = policy_key_to_string(policy_key);

        switch (policy_key) {
        case POLICY_KEY_ENABLED:
                return append_flag(m, key, values->enabled);
        case POLICY_KEY_OBSERVE:
                return append_flag(m, key, values->observe);
        case POLICY_KEY_CUT_EXISTING:
                return append_flag(m, key, policy_cuts_existing(values, &values->port_verdicts));
        case POLICY_KEY_PORT_VERDICTS:
                return codec_append_port_verdicts_entry(m, key, &values->port_verdicts);
        case POLICY_KEY_ALLOWED_USERS:
                return append_list(m, key, &values->allowed_users);
        case POLICY_KEY_ALLOWED_GROUPS:
                return append_list(m, key, &values->allowed_groups);
        case POLICY_KEY_FORWARDED:
                return entry_append_text(m, key, forwarded_to_string(values->forwarded));
        case POLICY_KEY_FORWARDED_INTERFACES:
                return append_list(m, key, &values->forwarded_interfaces);
        case POLICY_KEY_FORWARDED_NETWORKS:
                return append_list(m, key, &values->forwarded_networks);
        case POLICY_KEY_CONTACT:
                return entry_append_text(m, key, values->contact ?: "");
        case POLICY_KEY_DOMAIN_OWNERS:
                return entry_append_text(m, key, values->domain_owners ?: "");
        case POLICY_KEY_SHARED_COUNTERS:
                return entry_append_text(m, key, values->shared_counters ?: "");
        case POLICY_KEY_SHARED_SHARE:
                return sd_bus_message_append(m, "{sv}", key, "u", values->shared_share);
        case POLICY_KEY_MAIL_LIMITS:
                return codec_append_limits_entry(m, key, &values->mail_limits);
        default:
                return 0;
        }
}

static int append_reset(sd_bus_message *m, const PolicyChange *change) {
        CLEANUP(string_list_done) StringList names = {};
        int r;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                if (!change->reset[i])
                        continue;
                r = string_list_append(&names, mail_limit_infos[i].key);
                if (r < 0)
                        return r;
        }

        return names.count > 0 ? codec_append_list_entry(m, "ResetMailLimits", &names) : 0;
}

static int append_change(sd_bus_message *m, const void *subject) {
        const PolicyChange *change = subject;

        for (PolicyKey i = 0; i < _POLICY_KEY_MAX; i++) {
                int r = change->named[i] ? append_value(m, i, &change->values) : 0;

                if (r < 0)
                        return r;
        }

        return append_reset(m, change);
}

int codec_append_change_entry(sd_bus_message *m, const char *key, const PolicyChange *change) {
        return entry_append_dictionary(m, key, append_change, change);
}
