/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "meterd/meter-state.h"
#include "policy/shared-url.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"

#define TICK_USEC      USEC_PER_SEC
#define IDLE_TICK_USEC (60 * USEC_PER_SEC) /* while nothing happens */
#define TICK_ACCURACY  (100 * USEC_PER_MSEC)

#define STEP_SIZE  ((size_t) 1024 * 1024) /* at each tick, however much is asked */
#define ORDERS_MAX 100                    /* of each kind, at each tick */

void meter_give_up(Meter *meter, int error) {
        (void) log_error_errno(error, "Failed to count, starting anew: %m");
        (void) sd_event_exit(meter->event, EXIT_FAILURE);
}

void meter_wake(Meter *meter) {
        if (meter->tick_usec == TICK_USEC)
                return;

        meter->tick_usec = TICK_USEC;
        (void) sd_event_source_set_time_relative(meter->tick, TICK_USEC);
}

/* ---- once a second ---- */

static void release(const char *id, void *userdata) {
        Meter *meter = userdata;

        orders_give(&meter->orders, ORDER_RELEASE, id);
}

static void discard(const char *id, void *userdata) {
        Meter *meter = userdata;

        orders_give(&meter->orders, ORDER_DISCARD, id);
}

void meter_give_orders(Meter *meter) {
        ledger_find_releasable(meter->ledger, now_read_sec(), ORDERS_MAX, release, meter);
        ledger_find_discarded(meter->ledger, now_read_sec(), ORDERS_MAX, discard, meter);
}

static bool is_idle(Meter *meter) {
        return server_count_clients(meter->server) == 0 &&
               ledger_count_messages(meter->ledger) == 0 && !ledger_has_dirty(meter->ledger) &&
               !ledger_has_resumed(meter->ledger) && !writer_is_busy(meter->writer) &&
               !follower_is_due(meter->follower);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata) {
        Meter *meter = userdata;
        uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);
        int r;

        (void) usec;
        server_end_slow(meter->server, now_usec);
        ident_end_idle(meter->ident, now_usec);

        /* Nothing is too old before all of the log has come in. */
        r = follower_step(meter->follower, STEP_SIZE);
        if (r == 0)
                r =
                                ledger_sweep(meter->ledger,
                                             now_read_sec(),
                                             follower_is_current(meter->follower));
        if (r < 0) {
                meter_give_up(meter, r);
                return 0;
        }
        activity_sweep(meter->activity, now_read_sec());
        meter_write_changes(meter);
        meter_keep(meter);
        meter_give_orders(meter);
        web_watch_look(meter->web, meter->ledger, meter->settings, now_read_sec(), now_usec);

        meter->tick_usec = is_idle(meter) ? IDLE_TICK_USEC : TICK_USEC;
        r = sd_event_source_set_time_relative(source, meter->tick_usec);
        return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void on_answers_leave(void *userdata) {
        meter_keep(userdata);
}

static void on_log_read(void *userdata) {
        meter_wake(userdata);
}

static void on_log_failed(int error, void *userdata) {
        meter_give_up(userdata, error);
}

static void on_event(const LedgerEvent *event, void *userdata) {
        Meter *meter = userdata;

        meter_bus_tell(meter->bus, event);
}

/* ---- settings ---- */

/* The service looks whether there is such a file. */
static void on_shared_changed(bool is_reached, void *userdata) {
        Meter *meter = userdata;
        int fd;

        if (is_reached) {
                (void) unlinkat(meter->runtime_fd, SHARED_LOCAL_NAME, 0); /* or there is none */
                return;
        }

        fd = openat(meter->runtime_fd,
                    SHARED_LOCAL_NAME,
                    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                    0644);
        (void) fd_close(fd);
}

static void set_shared(Meter *meter) {
        const MeterConfig *config = settings_config(meter->settings);

        if (shared_set(meter->shared, config->shared, config->shared_percent) < 0)
                meter_give_up(meter, -ENOMEM);
}

static void on_settings(void *userdata) {
        Meter *meter = userdata;

        meter_set_rules(meter);
        set_shared(meter);
        server_set_exim_uid(meter->server, settings_config(meter->settings)->exim_uid);
        log_info("The limits are others now");
        meter_wake(meter); /* the log may be another one too */
}

static void on_subject_changed(SubjectKind kind, const char *name, void *userdata) {
        Meter *meter = userdata;

        ledger_subject_changed(meter->ledger, kind, name);
        meter_wake(meter); /* something may go now */
}

/* ---- start ---- */

static int start_ledger(Meter *meter, const MeterOptions *options) {
        const FollowerHandlers handlers = { on_log_read, on_log_failed, meter };

        return meter_load(meter, options, &handlers);
}

static int start_server(Meter *meter, const MeterOptions *options) {
        const ServerHandlers handlers = { meter_on_ask, on_answers_leave, meter };
        int r;

        r = ident_new(meter->event, options->ident, &meter->ident);
        if (r >= 0)
                r = shared_new(meter->event,
                               options->shared,
                               options->host,
                               options->wait_usec,
                               meter->ledger,
                               on_shared_changed,
                               meter,
                               &meter->shared);
        if (r >= 0)
                r = server_new(meter->event, options->listen_fd, &handlers, &meter->server);
        if (r < 0)
                return log_error_errno(r, "Failed to serve: %m");

        set_shared(meter);
        server_set_exim_uid(meter->server, settings_config(meter->settings)->exim_uid);
        meter->tick_usec = TICK_USEC;
        r = sd_event_add_time_relative(
                        meter->event,
                        &meter->tick,
                        CLOCK_MONOTONIC,
                        TICK_USEC,
                        TICK_ACCURACY,
                        on_tick,
                        meter);
        if (r < 0)
                return log_error_errno(r, "Failed to set a timer: %m");

        r = meter_bus_new(meter, &meter->bus);
        if (r < 0)
                return log_error_errno(r, "Failed to look for the system bus: %m");
        ledger_set_watcher(meter->ledger, on_event, meter);
        return 0;
}

static int open_web_watch(Meter *meter, const char *runtime_dir) {
        int r = web_watch_new(runtime_dir, &meter->web);

        return r < 0 ? log_error_errno(r, "Failed to write in %s: %m", runtime_dir) : 0;
}

int meter_new(sd_event *event, const MeterOptions *options, Meter **ret) {
        CLEANUP(meter_freep) Meter *meter = calloc(1, sizeof(Meter));
        int r;

        if (!meter)
                return log_error_errno(-ENOMEM, "%m");
        for (size_t i = 0; i < _ORDER_KIND_MAX; i++)
                meter->orders.dir_fds[i] = -EBADF;
        meter->event = sd_event_ref(event);
        meter->runtime_fd = open(options->runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (meter->runtime_fd < 0)
                return log_error_errno(-errno, "Failed to open %s: %m", options->runtime_dir);

        r = settings_new(event, options->config, on_settings, meter, &meter->settings);
        if (r < 0)
                return log_error_errno(r, "Failed to watch %s: %m", options->config);
        r = orders_open(&meter->orders, options->runtime_dir);
        if (r >= 0)
                r = open_web_watch(meter, options->runtime_dir);
        if (r >= 0)
                r = subject_table_new(
                                event,
                                options->state_dir,
                                on_subject_changed,
                                meter,
                                &meter->subjects);
        if (r >= 0)
                r = start_ledger(meter, options);
        if (r >= 0)
                r = start_server(meter, options);
        if (r < 0)
                return r;

        log_info("Counting: %zu subjects, %zu messages that are open or waiting",
                 ledger_count_subjects(meter->ledger),
                 ledger_count_messages(meter->ledger));
        *ret = TAKE(meter);
        return 0;
}

Meter *meter_free(Meter *meter) {
        if (!meter)
                return NULL;

        sd_event_source_disable_unref(meter->tick);
        ident_free(meter->ident);
        shared_free(meter->shared);
        /* the next start has less to read then */
        if (meter->writer && follower_step(meter->follower, STEP_SIZE) >= 0)
                meter_write_last(meter);
        if (meter->ledger)
                ledger_set_watcher(meter->ledger, NULL, NULL);
        meter->bus = meter_bus_free(meter->bus);
        server_free(meter->server);
        writer_free(meter->writer);
        follower_free(meter->follower);
        store_free(meter->open);
        subject_table_free(meter->subjects); /* what was begun tells the ledger */
        ledger_free(meter->ledger);
        activity_free(meter->activity);
        web_watch_free(meter->web);
        settings_free(meter->settings);
        orders_done(&meter->orders);
        (void) fd_close(meter->runtime_fd);
        sd_event_unref(meter->event);
        free(meter);
        return NULL;
}
