/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The bounds and rules of policy.h, and their texts. What passes here can be written to policy.json
 * and read back. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policy/plain-text.h"
#include "policy/policy.h"
#include "policy/shared-url.h"
#include "util/text.h"

#define VALUE_SHOWN_MAX 64 /* bytes of a stranger's value in a text */

static int refuse_text(const char *key, const char *value, const char *why, Failure *reterr) {
        CLEANUP(freep) char *quoted = string_quote(value, strlen(value), VALUE_SHOWN_MAX);

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: '%s' %s",
                        key,
                        quoted ?: "?",
                        why);
}

static int refuse_size(const char *key, size_t size, size_t size_max, Failure *reterr) {
        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: a text of %zu bytes is longer than %zu",
                        key,
                        size,
                        size_max);
}

static int check_plain(const char *key, const char *value, Failure *reterr) {
        switch (plain_text_check(value)) {
        case PLAIN_TEXT_E_CONTROL:
                return refuse_text(key, value, "holds a control character", reterr);
        case PLAIN_TEXT_E_NOT_UTF8:
                return refuse_text(key, value, "is not UTF-8", reterr);
        default:
                return 0;
        }
}

int policy_check_name(const char *key, const char *name, Failure *reterr) {
        size_t size = strlen(name);

        if (size == 0)
                return refuse_text(key, name, "is empty", reterr);
        if (size > SMTP_RESTRICTIONS_NAME_SIZE_MAX)
                return refuse_size(key, size, SMTP_RESTRICTIONS_NAME_SIZE_MAX, reterr);
        /* neither can stand in a name of passwd(5) or group(5) */
        if (strpbrk(name, "/:"))
                return refuse_text(key, name, "holds '/' or ':'", reterr);

        return check_plain(key, name, reterr);
}

/* As the kernel takes them (dev_valid_name()), and as nft reads them: it takes an asterisk for all
 * that begin so. */
int policy_check_interface(const char *key, const char *name, Failure *reterr) {
        static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "._-+=@#~%,";

        if (name[0] == 0)
                return refuse_text(key, name, "is empty", reterr);
        if (strlen(name) > SMTP_RESTRICTIONS_INTERFACE_SIZE_MAX)
                return refuse_text(
                                key,
                                name,
                                "is longer than the 15 bytes that an interface's name has at most",
                                reterr);
        if (string_equal(name, ".") || string_equal(name, "..") ||
            strspn(name, good) != strlen(name))
                return refuse_text(key, name, "is no name of an interface", reterr);

        return 0;
}

int policy_check_network(const char *key, const char *network, Failure *reterr) {
        Network parsed;
        int r = network_from_string(network, &parsed);

        if (r == 0 && parsed.prefix == 0)
                return refuse_text(key, network, "is everything; set Forwarded to allow", reterr);
        return r == 0 ? 0 : refuse_text(key, network, host_error_to_string(r), reterr);
}

int policy_check_contact(const char *contact, Failure *reterr) {
        size_t size = strlen(contact);

        if (size > SMTP_RESTRICTIONS_CONTACT_SIZE_MAX)
                return refuse_size(
                                SMTP_RESTRICTIONS_KEY_CONTACT,
                                size,
                                SMTP_RESTRICTIONS_CONTACT_SIZE_MAX,
                                reterr);

        return check_plain(SMTP_RESTRICTIONS_KEY_CONTACT, contact, reterr);
}

int policy_check_domain_owners(const char *path, Failure *reterr) {
        size_t size = strlen(path);

        if (size > SMTP_RESTRICTIONS_DOMAIN_OWNERS_SIZE_MAX)
                return refuse_size(
                                SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS,
                                size,
                                SMTP_RESTRICTIONS_DOMAIN_OWNERS_SIZE_MAX,
                                reterr);
        if (size > 0 && path[0] != '/')
                return refuse_text(
                                SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS,
                                path,
                                "is no absolute path",
                                reterr);

        return check_plain(SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS, path, reterr);
}

int policy_check_shared_counters(const char *url, Failure *reterr) {
        SharedUrl parsed;

        return url[0] ? shared_url_from_text(url, &parsed, reterr) : 0;
}

int policy_check_shared_share(uint64_t percent, Failure *reterr) {
        if (percent >= 1 && percent <= SMTP_RESTRICTIONS_SHARED_SHARE_MAX)
                return 0;

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: %" PRIu64 " is not between 1 and %d",
                        SMTP_RESTRICTIONS_KEY_SHARED_SHARE,
                        percent,
                        SMTP_RESTRICTIONS_SHARED_SHARE_MAX);
}

int policy_check_count(const char *key, size_t count, size_t min, size_t max, Failure *reterr) {
        if (count >= min && count <= max)
                return 0;

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: %zu entries are not between %zu and %zu",
                        key,
                        count,
                        min,
                        max);
}

typedef int (*EntryCheck)(const char *key, const char *entry, Failure *reterr);

static int check_entries(
                const char *key,
                const StringList *names,
                size_t max,
                EntryCheck check,
                Failure *reterr) {
        int r;

        r = policy_check_count(key, names->count, 0, max, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < names->count; i++) {
                r = check(key, names->items[i], reterr);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int check_lists(const Policy *policy, Failure *reterr) {
        const struct {
                const char *key;
                const StringList *list;
                size_t max;
                EntryCheck check;
        } lists[] = {
                { SMTP_RESTRICTIONS_KEY_ALLOWED_USERS,
                  &policy->allowed_users,
                  SMTP_RESTRICTIONS_ALLOWED_USERS_MAX,
                  policy_check_name },
                { SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS,
                  &policy->allowed_groups,
                  SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX,
                  policy_check_name },
                { SMTP_RESTRICTIONS_KEY_FORWARDED_INTERFACES,
                  &policy->forwarded_interfaces,
                  SMTP_RESTRICTIONS_FORWARDED_MAX,
                  policy_check_interface },
                { SMTP_RESTRICTIONS_KEY_FORWARDED_NETWORKS,
                  &policy->forwarded_networks,
                  SMTP_RESTRICTIONS_FORWARDED_MAX,
                  policy_check_network },
        };

        for (size_t i = 0; i < ELEMENTS_OF(lists); i++) {
                int r = check_entries(
                                lists[i].key, lists[i].list, lists[i].max, lists[i].check, reterr);

                if (r < 0)
                        return r;
        }

        return 0;
}

int policy_check(const Policy *policy, Failure *reterr) {
        int r;

        r = policy_check_count(
                        SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
                        policy->port_verdicts.count,
                        1,
                        SMTP_RESTRICTIONS_PORTS_MAX,
                        reterr);
        if (r < 0)
                return r;

        r = check_lists(policy, reterr);
        if (r < 0)
                return r;

        if (policy->contact) {
                r = policy_check_contact(policy->contact, reterr);
                if (r < 0)
                        return r;
        }

        if (policy->domain_owners) {
                r = policy_check_domain_owners(policy->domain_owners, reterr);
                if (r < 0)
                        return r;
        }

        if (policy->shared_counters) {
                r = policy_check_shared_counters(policy->shared_counters, reterr);
                if (r < 0)
                        return r;
        }

        r = policy_check_shared_share(policy->shared_share, reterr);
        if (r < 0)
                return r;

        return mail_limits_check(&policy->mail_limits, reterr);
}
