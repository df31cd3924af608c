/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/listen-watch.h"
#include "util/log.h"

#define POLL_USEC          (60 * USEC_PER_SEC)
#define POLL_ACCURACY_USEC (30 * USEC_PER_SEC)

/* After each of these a look; then the next, and after the last one the poll. */
static const uint64_t steps_usec[] = { 300 * USEC_PER_MSEC, 2 * USEC_PER_SEC, 8 * USEC_PER_SEC };

struct ListenWatch {
        sd_event_source *timer; /* owned */
        bool enabled;
        size_t step; /* that is waited for; the number of steps: the poll */
        void (*look)(void *userdata);
        void *userdata;
};

ListenWatch *listen_watch_free(ListenWatch *watch) {
        if (!watch)
                return NULL;

        sd_event_source_disable_unref(watch->timer);
        free(watch);
        return NULL;
}

static void wait_for_step(ListenWatch *watch, size_t step) {
        bool poll = step >= ELEMENTS_OF(steps_usec);
        int r;

        watch->step = step;
        r = sd_event_source_set_time_accuracy(
                        watch->timer, poll ? POLL_ACCURACY_USEC : USEC_PER_MSEC);
        if (r >= 0)
                r = sd_event_source_set_time_relative(
                                watch->timer, poll ? POLL_USEC : steps_usec[step]);
        if (r >= 0)
                r = sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Who listens is not looked at any more, ignoring: %m");
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        ListenWatch *watch = userdata;

        (void) source;
        (void) usec;
        wait_for_step(watch, MIN_OF(watch->step + 1, ELEMENTS_OF(steps_usec)));
        watch->look(watch->userdata);
        return 0;
}

int listen_watch_new(
                sd_event *event, void (*look)(void *userdata), void *userdata, ListenWatch **ret) {
        CLEANUP(listen_watch_freep) ListenWatch *watch = NULL;
        int r;

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        watch->look = look;
        watch->userdata = userdata;

        r = sd_event_add_time(
                        event, &watch->timer, CLOCK_MONOTONIC, UINT64_MAX, 0, on_timer, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE(watch);
        return 0;
}

void listen_watch_set_enabled(ListenWatch *watch, bool enabled) {
        if (enabled == watch->enabled)
                return;

        watch->enabled = enabled;
        if (enabled)
                wait_for_step(watch, 0);
        else
                (void) sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
}

void listen_watch_hurry(ListenWatch *watch) {
        /* a look that is near already is not put off */
        if (watch->enabled && watch->step > 0)
                wait_for_step(watch, 0);
}
