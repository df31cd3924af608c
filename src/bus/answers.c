/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/answers.h"
#include "bus/codec-write.h"
#include "dbus/containers.h"
#include "util/text.h"
#include "util/utf8.h"

/* Connections in one answer: a host may have a million, and a message 32 MiB at most. */
#define AFFECTED_MAX 1000

static int append_policy(sd_bus_message *m, const void *subject) {
        const Snapshot *snapshot = subject;
        const Policy *policy = &snapshot->policy;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}",
                        "Generation",
                        "t",
                        snapshot->generation,
                        SMTP_RESTRICTIONS_KEY_ENABLED,
                        "b",
                        (int) policy->enabled,
                        SMTP_RESTRICTIONS_KEY_OBSERVE,
                        "b",
                        (int) policy->observe,
                        SMTP_RESTRICTIONS_KEY_CUT_EXISTING,
                        "b",
                        (int) policy_cuts_existing(policy, &snapshot->facts.verdicts));
        if (r < 0)
                return r;

        r = codec_append_port_verdicts_entry(
                        m, SMTP_RESTRICTIONS_KEY_PORT_VERDICTS, &policy->port_verdicts);
        if (r < 0)
                return r;

        r = codec_append_list_entry(m, SMTP_RESTRICTIONS_KEY_ALLOWED_USERS, &policy->allowed_users);
        if (r < 0)
                return r;

        r = codec_append_list_entry(
                        m, SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS, &policy->allowed_groups);
        if (r < 0)
                return r;

        r = entry_append_text(
                        m, SMTP_RESTRICTIONS_KEY_FORWARDED, forwarded_to_string(policy->forwarded));
        if (r < 0)
                return r;

        r = codec_append_list_entry(
                        m,
                        SMTP_RESTRICTIONS_KEY_FORWARDED_INTERFACES,
                        &policy->forwarded_interfaces);
        if (r < 0)
                return r;

        r = codec_append_list_entry(
                        m, SMTP_RESTRICTIONS_KEY_FORWARDED_NETWORKS, &policy->forwarded_networks);
        if (r < 0)
                return r;

        r = entry_append_text(m, SMTP_RESTRICTIONS_KEY_CONTACT, policy->contact ?: "");
        if (r < 0)
                return r;

        r = entry_append_text(m, SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS, policy->domain_owners ?: "");
        if (r < 0)
                return r;

        r = entry_append_text(
                        m, SMTP_RESTRICTIONS_KEY_SHARED_COUNTERS, policy->shared_counters ?: "");
        if (r < 0)
                return r;

        r = sd_bus_message_append(
                        m, "{sv}", SMTP_RESTRICTIONS_KEY_SHARED_SHARE, "u", policy->shared_share);
        if (r < 0)
                return r;

        return codec_append_limits_entry(
                        m, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS, &policy->mail_limits);
}

int answer_append_policy(sd_bus_message *m, const Snapshot *snapshot) {
        return dictionary_append(m, append_policy, snapshot);
}

static int append_allowed_entries(sd_bus_message *m, const void *subject) {
        const AllowedId *id = subject;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}",
                        "Uid",
                        "u",
                        id->id,
                        "Because",
                        "s",
                        because_to_string(id->because));
        if (r < 0)
                return r;

        r = entry_append_text(m, "User", id->name ?: "");
        if (r < 0)
                return r;

        /* the group or the MTA; absent where Because says all */
        return entry_append_text(m, "Detail", id->detail);
}

static int append_allowed(sd_bus_message *m, const void *items, size_t place) {
        const AllowedId *ids = items;

        return dictionary_append(m, append_allowed_entries, &ids[place]);
}

/* The first entry of a page. The list is sorted by id. */
static size_t find_page_start(const AllowedIds *ids, const Page *page) {
        size_t low = 0, high = ids->count;

        if (!page->after_set)
                return 0;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (ids->items[middle].id <= page->after)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

int answer_append_allowed(sd_bus_message *m, const AllowedIds *ids, const Page *page) {
        size_t start = find_page_start(ids, page);
        size_t count = MIN_OF(ids->count - start, (size_t) page->most);

        return array_append(
                        m, "a{sv}", append_allowed, count > 0 ? &ids->items[start] : NULL, count);
}

static int append_diff(sd_bus_message *m, const void *items, size_t place) {
        const JobResult *result = items;
        CLEANUP(freep) char *path = utf8_make_valid(result->diffs[place].path);
        CLEANUP(freep) char *diff = utf8_make_valid(result->diffs[place].diff);

        if (!path || !diff)
                return -ENOMEM;

        return sd_bus_message_append(m, "(ss)", path, diff);
}

static int append_connection(sd_bus_message *m, const void *items, size_t place) {
        const JobResult *result = items;
        const AffectedConnection *connection = &result->affected.items[place];
        const StringList *users = &result->affected_users;

        return sd_bus_message_append(
                        m,
                        "a{sv}",
                        4,
                        "Uid",
                        "u",
                        connection->uid,
                        "Address",
                        "s",
                        connection->address,
                        "Port",
                        "q",
                        connection->port,
                        "User",
                        "s",
                        place < users->count ? users->items[place] : "");
}

static int append_preview(sd_bus_message *m, const void *subject) {
        const JobResult *result = subject;
        size_t affected = result->affected.count;
        int r;

        r = entry_append_text(m, "Ruleset", result->ruleset ?: "");
        if (r < 0)
                return r;

        r = entry_append_array(m, "Files", "(ss)", append_diff, result, result->diff_count);
        if (r < 0)
                return r;

        r = codec_append_problems_entry(m, "Problems", &result->problems);
        if (r < 0)
                return r;

        r = sd_bus_message_append(m, "{sv}", "AffectedCount", "t", (uint64_t) affected);
        if (r < 0)
                return r;

        return entry_append_array(
                        m,
                        "Affected",
                        "a{sv}",
                        append_connection,
                        result,
                        MIN_OF(affected, (size_t) AFFECTED_MAX));
}

int answer_append_preview(sd_bus_message *m, const JobResult *result) {
        return dictionary_append(m, append_preview, result);
}

static int append_past_entries(sd_bus_message *m, const void *subject) {
        const HistoryEntry *entry = subject;
        CLEANUP(freep) char *id = string_format("%ju", (uintmax_t) entry->id);
        int r;

        if (!id)
                return -ENOMEM;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}",
                        "Id",
                        "s",
                        id,
                        "When",
                        "t",
                        entry->change.when_usec,
                        "Uid",
                        "u",
                        entry->change.uid,
                        "Generation",
                        "t",
                        entry->generation);
        if (r < 0)
                return r;

        r = entry_append_text(m, "User", entry->change.user ?: "");
        if (r < 0)
                return r;

        r = entry_append_text(m, "Action", entry->change.action ?: "");
        if (r < 0)
                return r;

        r = entry_append_text(m, "Outcome", entry->change.outcome ?: "");
        if (r < 0)
                return r;

        return codec_append_change_entry(m, "Changes", &entry->delta);
}

static int append_past(sd_bus_message *m, const void *items, size_t place) {
        const JobResult *result = items;

        return dictionary_append(m, append_past_entries, &result->history.items[place]);
}

int answer_append_history(sd_bus_message *m, const JobResult *result) {
        return array_append(m, "a{sv}", append_past, result, result->history.count);
}
