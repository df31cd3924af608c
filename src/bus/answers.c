/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/answers.h"
#include "bus/codec-write.h"
#include "bus/utf8.h"
#include "util/text.h"

/* Connections in one answer: a host may have a million, and a message 32 MiB at most. */
#define AFFECTED_MAX 1000

static int append_policy_entries(sd_bus_message *m, const Snapshot *snapshot) {
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

        r = codec_append_text(
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

        r = codec_append_text(m, SMTP_RESTRICTIONS_KEY_CONTACT, policy->contact ?: "");
        if (r < 0)
                return r;

        return codec_append_limits_entry(
                        m, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS, &policy->mail_limits);
}

int answer_append_policy(sd_bus_message *m, const Snapshot *snapshot) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

        r = append_policy_entries(m, snapshot);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

static int append_allowed_id(sd_bus_message *m, const AllowedId *id) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

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

        r = codec_append_text(m, "User", id->name ?: "");
        if (r < 0)
                return r;

        /* the group or the MTA; absent where Because says all */
        r = codec_append_text(m, "Detail", id->detail);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
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
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        for (size_t i = start; i < ids->count && i - start < page->most; i++) {
                r = append_allowed_id(m, &ids->items[i]);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}

static int append_diffs_entry(sd_bus_message *m, const JobResult *result) {
        int r;

        r = codec_open_entry(m, "Files", "a(ss)");
        if (r < 0)
                return r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "(ss)");
        if (r < 0)
                return r;

        for (size_t i = 0; i < result->diff_count; i++) {
                CLEANUP(freep) char *path = utf8_make_valid(result->diffs[i].path);
                CLEANUP(freep) char *diff = utf8_make_valid(result->diffs[i].diff);

                if (!path || !diff)
                        return -ENOMEM;

                r = sd_bus_message_append(m, "(ss)", path, diff);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;

        return codec_close_entry(m);
}

static int append_connection(
                sd_bus_message *m, const AffectedConnection *connection, const char *user) {
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
                        user);
}

static int append_affected_entries(sd_bus_message *m, const JobResult *result) {
        const AffectedConnections *affected = &result->affected;
        const StringList *users = &result->affected_users;
        int r;

        r = sd_bus_message_append(m, "{sv}", "AffectedCount", "t", (uint64_t) affected->count);
        if (r < 0)
                return r;

        r = codec_open_entry(m, "Affected", "aa{sv}");
        if (r < 0)
                return r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < MIN_OF(affected->count, (size_t) AFFECTED_MAX); i++) {
                r = append_connection(
                                m, &affected->items[i], i < users->count ? users->items[i] : "");
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;

        return codec_close_entry(m);
}

int answer_append_preview(sd_bus_message *m, const JobResult *result) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

        r = codec_append_text(m, "Ruleset", result->ruleset ?: "");
        if (r < 0)
                return r;

        r = append_diffs_entry(m, result);
        if (r < 0)
                return r;

        r = codec_append_problems_entry(m, "Problems", &result->problems);
        if (r < 0)
                return r;

        r = append_affected_entries(m, result);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

static int append_past(sd_bus_message *m, const HistoryEntry *entry) {
        CLEANUP(freep) char *id = string_format("%ju", (uintmax_t) entry->id);
        int r;

        if (!id)
                return -ENOMEM;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

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

        r = codec_append_text(m, "User", entry->change.user ?: "");
        if (r < 0)
                return r;

        r = codec_append_text(m, "Action", entry->change.action ?: "");
        if (r < 0)
                return r;

        r = codec_append_text(m, "Outcome", entry->change.outcome ?: "");
        if (r < 0)
                return r;

        r = codec_append_change_entry(m, "Changes", &entry->delta);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

int answer_append_history(sd_bus_message *m, const JobResult *result) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < result->history.count; i++) {
                r = append_past(m, &result->history.items[i]);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}
