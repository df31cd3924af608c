/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/trial-watch.h"
#include "util/fd.h"
#include "util/log.h"

/* While the previous policy cannot be brought back: a full disk, a broken Exim. */
#define RETRY_INTERVAL_USEC (60 * USEC_PER_SEC)

struct TrialWatch {
        sd_event_source *timer;        /* owned */
        sd_event_source *clock_source; /* owned */
        int clock_fd;                  /* owned: never expires, but is cancelled */
        bool open;
        void (*look)(void *userdata);
        void (*clock_set)(void *userdata);
        void *userdata;
};

TrialWatch *trial_watch_free(TrialWatch *watch) {
        if (!watch)
                return NULL;

        sd_event_source_disable_unref(watch->timer);
        sd_event_source_disable_unref(watch->clock_source);
        (void) fd_close(watch->clock_fd);
        free(watch);
        return NULL;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        TrialWatch *watch = userdata;

        (void) source;
        (void) usec;

        watch->look(watch->userdata);
        return 0;
}

/* Be told when somebody sets the clock. */
static int watch_clock(int fd) {
        const struct itimerspec never = {
                .it_value.tv_sec = sizeof(time_t) == 8 ? (time_t) INT64_MAX : (time_t) INT32_MAX,
        };

        if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0)
                return -errno;

        return 0;
}

static int on_clock_set(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        TrialWatch *watch = userdata;
        uint64_t count;
        int r;

        (void) revents;

        /* ECANCELED is the message */
        if (read(fd, &count, sizeof(count)) < 0 && errno != ECANCELED)
                return 0;

        r = watch_clock(fd);
        if (r < 0) {
                log_warning_errno(r, "The clock is not watched any more, ignoring: %m");
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        }
        if (watch->open)
                watch->look(watch->userdata);
        watch->clock_set(watch->userdata);
        return 0;
}

int trial_watch_new(
                sd_event *event,
                void (*look)(void *userdata),
                void (*clock_set)(void *userdata),
                void *userdata,
                TrialWatch **ret) {
        CLEANUP(trial_watch_freep) TrialWatch *watch = NULL;
        int r;

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        watch->look = look;
        watch->clock_set = clock_set;
        watch->userdata = userdata;

        watch->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (watch->clock_fd < 0)
                return -errno;
        r = watch_clock(watch->clock_fd);
        if (r < 0)
                return r;
        r = sd_event_add_io(
                        event, &watch->clock_source, watch->clock_fd, EPOLLIN, on_clock_set, watch);
        if (r < 0)
                return r;

        r = sd_event_add_time(
                        event, &watch->timer, CLOCK_BOOTTIME, UINT64_MAX, 1, on_deadline, watch);
        if (r < 0)
                return r;

        *ret = TAKE(watch);
        return 0;
}

void trial_watch_follow(TrialWatch *watch, const Snapshot *snapshot, bool failed) {
        uint64_t left;
        Clock now;
        int r;

        watch->open = snapshot->trial_set;
        if (!watch->open) {
                (void) sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
                return;
        }

        clock_read(&now);
        left = trial_left_usec(&snapshot->trial, &now);
        if (left == 0 && failed)
                left = RETRY_INTERVAL_USEC;

        r = sd_event_source_set_time(watch->timer, now.boottime_usec + left);
        if (r >= 0)
                r = sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error_errno(r, "The deadline of a Try cannot be waited for: %m");
}
