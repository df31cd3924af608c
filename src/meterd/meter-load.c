/* SPDX-License-Identifier: GPL-2.0-or-later */

/* How the ledger comes back at a start. */

#include <errno.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "meterd/meter-state.h"
#include "meterd/open-store.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

#define CATCH_UP_SIZE ((size_t) 16 * 1024 * 1024) /* of the log, between two writes */

static bool look_up(SubjectKind kind, const char *name, SubjectSettings *ret, void *userdata) {
        return subject_table_find(userdata, kind, name, ret);
}

void meter_set_rules(Meter *meter) {
        static const MailLimit keys[_SUBJECT_KIND_MAX][_WINDOW_LENGTH_MAX] = {
                [SUBJECT_DOMAIN] = { MAIL_LIMIT_HOURLY_PER_DOMAIN, MAIL_LIMIT_DAILY_PER_DOMAIN },
                [SUBJECT_MAILBOX] = { MAIL_LIMIT_HOURLY_PER_MAILBOX, MAIL_LIMIT_DAILY_PER_MAILBOX },
                [SUBJECT_USER] = { MAIL_LIMIT_HOURLY_PER_USER, MAIL_LIMIT_DAILY_PER_USER },
        };
        static const VerdictKind fail_verdicts[] = {
                [FAIL_DEFER_HOLD] = VERDICT_HOLD,
                [FAIL_DEFER_REJECT] = VERDICT_DENY,
                [FAIL_DEFER_OBSERVE] = VERDICT_OBSERVE,
        };
        const MailLimits *limits = &settings_config(meter->settings)->limits;
        LedgerRules rules = {
                .action = (OverLimitAction) mail_limits_value(
                                limits, MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_HOLD),
                .percent = mail_limits_value(
                                limits, MAIL_LIMIT_OVER_LIMIT_PERCENT, OVER_LIMIT_PERCENT_DEFAULT),
                .look_up = look_up,
                .userdata = meter->subjects,
        };

        rules.fail_percent = mail_limits_value(limits, MAIL_LIMIT_FAIL_DEFER_PERCENT, 0);
        rules.fail_minimum = mail_limits_value(
                        limits, MAIL_LIMIT_FAIL_DEFER_MINIMUM, FAIL_DEFER_MINIMUM_DEFAULT);
        rules.fail_verdict = fail_verdicts[mail_limits_value(
                        limits, MAIL_LIMIT_FAIL_DEFER_ACTION, FAIL_DEFER_HOLD)];
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                for (size_t j = 0; j < _WINDOW_LENGTH_MAX; j++)
                        rules.limits[i][j] = mail_limits_value(limits, keys[i][j], 0);
        ledger_set_rules(meter->ledger, &rules);
}

static int load_open(const MeterRecord *record, void *userdata) {
        return ledger_load_open(userdata, record, now_read_sec());
}

static int load_durable(const MeterRecord *record, void *userdata) {
        return ledger_load_durable(userdata, record, now_read_sec());
}

static int load_activity(const ActivityRecord *record, void *userdata) {
        return activity_load(userdata, record);
}

static int load(Meter *meter,
                const char *state_path,
                StorePlace ret_places[static _STORE_PLACE_KIND_MAX]) {
        CLEANUP(store_freep) Store *store = NULL;
        int r;

        r = open_store(state_path,
                       STORE_DURABLE,
                       "what was counted is read from Exim's log",
                       &store);
        if (r < 0)
                return r;

        r = store_read(meter->open, load_open, meter->ledger);
        if (r == 0)
                r = store_read(store, load_durable, meter->ledger);
        if (r == 0)
                r = store_read_activity(store, load_activity, meter->activity);
        if (r == 0)
                r = activity_end_load(meter->activity);
        for (StorePlaceKind i = 0; i < _STORE_PLACE_KIND_MAX && r == 0; i++)
                r = store_read_place(store, i, &ret_places[i]);
        if (r > 0)
                r = -EIO; /* it was whole a moment ago */
        return r < 0 ? log_error_errno(r, "Failed to read what was counted: %m") : 0;
}

/* The log was rotated a moment ago. Return: 1 if there is more to read now. */
static int wait_for_next_file(const Follower *follower) {
        uint64_t due_usec = follower_due_usec(follower), now_usec = now_read_usec(CLOCK_MONOTONIC);

        if (due_usec == UINT64_MAX)
                return 0;
        if (due_usec > now_usec)
                (void) usleep((useconds_t) MIN_OF(due_usec - now_usec, (uint64_t) USEC_PER_SEC));
        return 1;
}

/* Everything that Exim's log has. Until then nothing is answered. */
static int catch_up(Meter *meter, Store *store) {
        int r;

        do {
                int written;

                r = follower_step(meter->follower, CATCH_UP_SIZE);
                if (r < 0)
                        return log_error_errno(r, "Failed to count what is in Exim's log: %m");
                written = meter_write_now(meter, store);
                if (written < 0)
                        return log_error_errno(written, "Failed to write what was counted: %m");
                (void) sd_notify(false, "EXTEND_TIMEOUT_USEC=60000000");
                if (r == 0)
                        r = wait_for_next_file(meter->follower);
        } while (r > 0);

        return 0;
}

static int start_follower(
                Meter *meter, const StorePlace places[], const FollowerHandlers *handlers) {
        int r;

        r =
                        follower_new(meter->event,
                                     meter->ledger,
                                     meter->activity,
                                     meter->settings,
                                     places,
                                     handlers,
                                     &meter->follower);
        return r < 0 ? log_error_errno(r, "Failed to follow Exim's log: %m") : 0;
}

int meter_load(Meter *meter, const MeterOptions *options, const FollowerHandlers *handlers) {
        CLEANUP(freep) char *state_path = string_format("%s/counts", options->state_dir);
        CLEANUP(freep) char *open_path = string_format("%s/open", options->runtime_dir);
        CLEANUP(store_freep) Store *store = NULL;
        StorePlace places[_STORE_PLACE_KIND_MAX] = {};
        HashKey key;
        int r;

        if (!state_path || !open_path)
                return log_error_errno(-ENOMEM, "%m");
        if (getrandom(&key, sizeof(key), 0) != sizeof(key))
                return log_error_errno(-errno, "Failed to get random bytes: %m");
        r = ledger_new(&key, &meter->ledger);
        if (r >= 0)
                r = activity_new(&key, ACTIVITY_ENTRIES_MAX, &meter->activity);
        if (r < 0)
                return log_error_errno(r, "Failed to make the ledger: %m");
        meter_set_rules(meter);

        r = open_store(open_path,
                       STORE_OPEN,
                       "messages of the last moments may be missing",
                       &meter->open);
        if (r >= 0)
                r = load(meter, state_path, places);
        if (r >= 0)
                r = start_follower(meter, places, handlers);
        if (r < 0)
                return r;

        /* not the one that was read from: its pages would stay in our memory */
        r = store_open(state_path, STORE_DURABLE, &store);
        if (r != 0)
                return log_error_errno(r < 0 ? r : -EIO, "Failed to open %s: %m", state_path);
        r = catch_up(meter, store);
        if (r < 0)
                return r;
        meter_keep(meter);

        r = meter_start_writer(meter, store);
        if (r < 0)
                return log_error_errno(r, "Failed to start the thread that writes: %m");
        store = NULL;
        return 0;
}
