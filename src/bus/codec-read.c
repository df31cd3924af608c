/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/codec-read.h"
#include "dbus/dictionary.h"
#include "util/text.h"

static int refuse_more(const Entry *entry, size_t most, const char *things) {
        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: has more than %zu %s, the most that are taken",
                        entry->key,
                        most,
                        things);
}

typedef int (*StringCheck)(const char *key, const char *string, Failure *reterr);

/*
 * The bound of all bytes makes a call of 30 MiB cost us less time than the bus: else such calls
 * would fill our queue there, and the bus would refuse everybody's. `check` may be NULL.
 */
static int read_strings(
                const Entry *entry, size_t count_max, StringCheck check, StringList *strings) {
        size_t size = 0;
        const char *string;
        int r;

        r = entry_expect_type(entry, "as");
        if (r < 0)
                return r;

        r = sd_bus_message_enter_container(entry->message, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read_basic(entry->message, SD_BUS_TYPE_STRING, &string)) > 0) {
                if (strings->count >= count_max)
                        return refuse_more(entry, count_max, "entries");

                size += strlen(string);
                if (size > SMTP_RESTRICTIONS_NAMES_SIZE_MAX)
                        return refuse_more(entry, SMTP_RESTRICTIONS_NAMES_SIZE_MAX, "bytes");

                r = check ? check(entry->key, string, entry->reterr) : 0;
                if (r < 0)
                        return r;

                r = string_list_append(strings, string);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(entry->message);
        return r < 0 ? r : 0;
}

static int read_names(const Entry *entry, size_t count_max, StringList *names) {
        return read_strings(entry, count_max, policy_check_name, names);
}

static int add_port(const Entry *entry, uint16_t port, const char *word, PortVerdicts *verdicts) {
        CLEANUP(freep) char *quoted = NULL;
        PortVerdict verdict;

        if (port == 0)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: a port is 1 to 65535, not 0",
                                entry->key);

        if (port_verdict_from_string(word, &verdict) < 0) {
                quoted = string_quote(word, strlen(word), 32);
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: port %u takes 'redirect' or 'reject', not '%s'",
                                entry->key,
                                port,
                                quoted ?: "?");
        }

        switch (port_verdicts_add(verdicts, port, verdict)) {
        case PORT_VERDICTS_E_TWICE:
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: port %u is named twice",
                                entry->key,
                                port);
        case PORT_VERDICTS_E_FULL:
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: has more than %d ports, the most that are taken",
                                entry->key,
                                SMTP_RESTRICTIONS_PORTS_MAX);
        default:
                return 0;
        }
}

static int read_port_verdicts(const Entry *entry, PortVerdicts *verdicts) {
        sd_bus_message *m = entry->message;
        int r;

        r = entry_expect_type(entry, "a{qs}");
        if (r < 0)
                return r;

        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "{qs}");
        if (r < 0)
                return r;

        *verdicts = (PortVerdicts){};
        for (;;) {
                const char *word;
                uint16_t port;

                r = sd_bus_message_read(m, "{qs}", &port, &word);
                if (r < 0)
                        return r;
                if (r == 0)
                        break;

                r = add_port(entry, port, word, verdicts);
                if (r < 0)
                        return r;
        }

        if (verdicts->count == 0)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: takes 1 to %d ports, not none; Disable lifts the restriction",
                                entry->key,
                                SMTP_RESTRICTIONS_PORTS_MAX);

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 0;
}

typedef int (*TextCheck)(const char *text, Failure *reterr);

static int read_text(const Entry *entry, TextCheck check, char **text) {
        const char *string;
        int r;

        r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &string);
        if (r < 0)
                return r;

        /* as GetPolicy gives it when there is none */
        if (*string == 0)
                return 0;

        r = check(string, entry->reterr);
        if (r < 0)
                return r;

        *text = strdup(string);
        return *text ? 0 : -ENOMEM;
}

static int read_forwarded(const Entry *entry, Forwarded *ret) {
        const char *string;
        int r;

        r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &string);
        return r < 0 ? r : forwarded_from_string(string, ret, entry->reterr);
}

static int read_limit_list(const Entry *entry, MailLimit limit, MailLimits *limits) {
        CLEANUP(string_list_done) StringList list = {};
        int r;

        r = read_strings(entry, mail_limit_infos[limit].max, NULL, &list);
        if (r < 0)
                return r;

        return mail_limits_set_list(limits, limit, &list, entry->reterr);
}

static int read_limit(const Entry *entry, void *target) {
        MailLimits *limits = target;
        MailLimit limit;
        uint64_t wide;
        const char *word;
        uint32_t value;
        int flag, r;

        r = mail_limit_from_key(entry->key, &limit, entry->reterr);
        if (r < 0)
                return r;

        r = entry_refuse_twice(entry, limits->set[limit]);
        if (r < 0)
                return r;

        switch (mail_limit_infos[limit].type) {
        case MAIL_LIMIT_TYPE_HOSTS:
        case MAIL_LIMIT_TYPE_USERS:
                return read_limit_list(entry, limit, limits);
        case MAIL_LIMIT_TYPE_CHOICE:
                r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &word);
                return r < 0 ? r : mail_limits_set_choice(limits, limit, word, entry->reterr);
        case MAIL_LIMIT_TYPE_U64:
                r = entry_read_basic(entry, SD_BUS_TYPE_UINT64, &wide);
                break;
        case MAIL_LIMIT_TYPE_BOOL:
                r = entry_read_basic(entry, SD_BUS_TYPE_BOOLEAN, &flag);
                wide = r >= 0 && flag ? 1 : 0;
                break;
        case MAIL_LIMIT_TYPE_U32:
        default:
                r = entry_read_basic(entry, SD_BUS_TYPE_UINT32, &value);
                wide = r < 0 ? 0 : value;
                break;
        }
        if (r < 0)
                return r;

        return mail_limits_set(limits, limit, wide, entry->reterr);
}

static int read_limits(const Entry *entry, MailLimits *limits) {
        int r;

        r = entry_expect_type(entry, "a{sv}");
        if (r < 0)
                return r;

        return dictionary_read(entry->message, read_limit, limits, entry->reterr);
}

typedef struct PolicyTarget {
        PolicyChange *change;
        bool takes_enabled;
} PolicyTarget;

static int read_share(const Entry *entry, uint32_t *ret) {
        uint32_t value;
        int r;

        r = entry_read_basic(entry, SD_BUS_TYPE_UINT32, &value);
        if (r >= 0)
                r = policy_check_shared_share(value, entry->reterr);
        if (r >= 0)
                *ret = value;
        return r;
}

static int read_policy_value(const Entry *entry, PolicyKey key, Policy *values) {
        bool flag;
        int r;

        switch (key) {
        case POLICY_KEY_ENABLED:
                return entry_read_boolean(entry, &values->enabled);
        case POLICY_KEY_OBSERVE:
                return entry_read_boolean(entry, &values->observe);
        case POLICY_KEY_CUT_EXISTING:
                r = entry_read_boolean(entry, &flag);
                if (r < 0)
                        return r;
                values->cut_existing = flag ? TRISTATE_TRUE : TRISTATE_FALSE;
                return 0;
        case POLICY_KEY_PORT_VERDICTS:
                values->port_verdicts_set = true;
                return read_port_verdicts(entry, &values->port_verdicts);
        case POLICY_KEY_ALLOWED_USERS:
                return read_names(
                                entry, SMTP_RESTRICTIONS_ALLOWED_USERS_MAX, &values->allowed_users);
        case POLICY_KEY_ALLOWED_GROUPS:
                return read_names(
                                entry,
                                SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX,
                                &values->allowed_groups);
        case POLICY_KEY_FORWARDED:
                return read_forwarded(entry, &values->forwarded);
        case POLICY_KEY_FORWARDED_INTERFACES:
                return read_strings(
                                entry,
                                SMTP_RESTRICTIONS_FORWARDED_MAX,
                                policy_check_interface,
                                &values->forwarded_interfaces);
        case POLICY_KEY_FORWARDED_NETWORKS:
                return read_strings(
                                entry,
                                SMTP_RESTRICTIONS_FORWARDED_MAX,
                                policy_check_network,
                                &values->forwarded_networks);
        case POLICY_KEY_CONTACT:
                return read_text(entry, policy_check_contact, &values->contact);
        case POLICY_KEY_DOMAIN_OWNERS:
                return read_text(entry, policy_check_domain_owners, &values->domain_owners);
        case POLICY_KEY_SHARED_COUNTERS:
                return read_text(entry, policy_check_shared_counters, &values->shared_counters);
        case POLICY_KEY_SHARED_SHARE:
                return read_share(entry, &values->shared_share);
        case POLICY_KEY_MAIL_LIMITS:
                return read_limits(entry, &values->mail_limits);
        default:
                assert(false);
                return -EINVAL;
        }
}

static int read_policy_entry(const Entry *entry, void *userdata) {
        const PolicyTarget *target = userdata;
        PolicyKey key;
        int r;

        r = policy_key_from_string(entry->key, &key, entry->reterr);
        if (r < 0)
                return r;

        if (key == POLICY_KEY_ENABLED && !target->takes_enabled)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is not set here; call Enable or Disable",
                                entry->key);

        r = entry_refuse_twice(entry, target->change->named[key]);
        if (r < 0)
                return r;

        target->change->named[key] = true;
        return read_policy_value(entry, key, &target->change->values);
}

int codec_read_policy(
                sd_bus_message *m, bool takes_enabled, PolicyChange *change, Failure *reterr) {
        PolicyTarget target = { .change = change, .takes_enabled = takes_enabled };

        assert(m && change);

        return dictionary_read(m, read_policy_entry, &target, reterr);
}

int codec_read_mail_limits(sd_bus_message *m, PolicyChange *change, Failure *reterr) {
        assert(m && change);

        change->named[POLICY_KEY_MAIL_LIMITS] = true;
        return dictionary_read(m, read_limit, &change->values.mail_limits, reterr);
}

int codec_read_limit_names(sd_bus_message *m, PolicyChange *change, Failure *reterr) {
        bool none = true;
        const char *key;
        int r;

        assert(m && change);

        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &key)) > 0) {
                MailLimit limit;

                r = mail_limit_from_key(key, &limit, reterr);
                if (r < 0)
                        return r;

                /* also the bound of the array: the message is kept while polkit asks */
                if (change->reset[limit])
                        return failure_set(
                                        reterr,
                                        -EINVAL,
                                        FAILURE_INVALID_VALUE,
                                        "%s: is named twice in one call",
                                        key);

                change->reset[limit] = true;
                none = false;
        }
        if (r < 0)
                return r;

        for (size_t i = 0; none && i < _MAIL_LIMIT_MAX; i++)
                change->reset[i] = true;

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 0;
}
