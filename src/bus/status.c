/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/status.h"
#include "bus/codec-write.h"
#include "core/clock.h"
#include "dbus/containers.h"
#include "util/text.h"

static int append_last_change(sd_bus_message *m, const void *subject) {
        const LastChange *change = subject;
        int r;

        if (change->when_usec == 0)
                return 0;

        r = sd_bus_message_append(
                        m, "{sv}{sv}", "When", "t", change->when_usec, "Uid", "u", change->uid);
        if (r < 0)
                return r;

        r = entry_append_text(m, "Action", change->action ?: "");
        if (r < 0)
                return r;

        r = entry_append_text(m, "User", change->user ?: "");
        if (r < 0)
                return r;

        return entry_append_text(m, "Outcome", change->outcome ?: "");
}

static int append_trial(sd_bus_message *m, const void *subject) {
        const Snapshot *snapshot = subject;
        const TrialInfo *trial = &snapshot->trial;
        int r;

        if (!snapshot->trial_set)
                return 0;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}{sv}",
                        "Id",
                        "s",
                        trial->id,
                        "Deadline",
                        "t",
                        trial->deadline_usec,
                        "Seconds",
                        "u",
                        trial->seconds,
                        "Since",
                        "t",
                        trial->started.when_usec,
                        "Uid",
                        "u",
                        trial->started.uid);
        if (r < 0)
                return r;

        r = entry_append_text(m, "User", trial->started.user ?: "");
        if (r < 0)
                return r;

        return codec_append_change_entry(m, "Changes", &snapshot->trial_change);
}

static int append_mta_entries(sd_bus_message *m, const void *subject) {
        const Mta *mta = subject;
        int r;

        r = entry_append_text(m, "Name", mta->name ?: "");
        if (r < 0)
                return r;

        r = entry_append_text(m, "Version", mta->version ?: "");
        if (r < 0)
                return r;

        r = entry_open(m, "Listens", "aq");
        if (r < 0)
                return r;

        r = sd_bus_message_append_array(
                        m, SD_BUS_TYPE_UINT16, mta->ports, mta->port_count * sizeof(mta->ports[0]));
        if (r < 0)
                return r;

        return entry_close(m);
}

static int append_mta(sd_bus_message *m, const void *items, size_t place) {
        const Snapshot *snapshot = items;

        return dictionary_append(m, append_mta_entries, &snapshot->mtas[place]);
}

static const char *const meters[] = {
        [METER_OFF] = "off",
        [METER_OK] = "ok",
        [METER_DOWN] = "down",
};

static const char *const shared_counters[] = {
        [SHARED_COUNTERS_OFF] = "off",
        [SHARED_COUNTERS_OK] = "ok",
        [SHARED_COUNTERS_LOCAL] = "local",
};

static int append_numbers(sd_bus_message *m, const Snapshot *snapshot, const LiveState *live) {
        return sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}",
                        "AllowedCount",
                        "u",
                        (uint32_t) snapshot->facts.uids.count,
                        "ExceptionCount",
                        "u",
                        (uint32_t) exceptions_count_valid(
                                        &snapshot->policy.exceptions, clock_now_usec()),
                        "Rejected",
                        "t",
                        live->counters.rejected,
                        "Redirected",
                        "t",
                        live->counters.redirected,
                        "Observed",
                        "t",
                        live->counters.observed,
                        "EximLayout",
                        "s",
                        exim_layout_to_string(snapshot->exim_layout),
                        "Meter",
                        "s",
                        meters[live->meter],
                        "SharedCounters",
                        "s",
                        shared_counters[live->shared]);
}

static int append_inspected(sd_bus_message *m, const Snapshot *snapshot, const LiveState *live) {
        int r;

        r = append_numbers(m, snapshot, live);
        if (r < 0)
                return r;

        r = codec_append_problems_entry(m, "Problems", &live->problems);
        if (r < 0)
                return r;

        r = entry_append_array(m, "Mtas", "a{sv}", append_mta, snapshot, snapshot->mta_count);
        if (r < 0)
                return r;

        r = entry_append_text(m, "EximConfig", snapshot->exim_config ?: "");
        if (r < 0)
                return r;

        r = codec_append_limits_entry(
                        m, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS, &snapshot->policy.mail_limits);
        if (r < 0)
                return r;

        r = entry_append_dictionary(m, "LastChange", append_last_change, &snapshot->last_change);
        if (r < 0)
                return r;

        return entry_append_dictionary(m, "Try", append_trial, snapshot);
}

int status_append(
                sd_bus_message *m,
                const PublicState *state,
                const Snapshot *snapshot,
                const LiveState *live,
                bool complete) {
        int r;

        assert(m && state && snapshot && live);

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

        r = public_state_append_all(state, m);
        if (r < 0)
                return r;

        r = sd_bus_message_append(m, "{sv}", "Complete", "b", (int) complete);
        if (r < 0)
                return r;

        if (complete) {
                r = append_inspected(m, snapshot, live);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}
