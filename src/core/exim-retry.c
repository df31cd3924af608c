/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/exim-retry.h"
#include "util/log.h"

struct EximRetry {
        Manager *manager;       /* borrowed */
        sd_event_source *timer; /* owned */
        unsigned tried;
        bool set; /* the timer */
};

uint64_t exim_retry_delay_usec(unsigned tried) {
        static const uint64_t delays[] = { 5 * USEC_PER_SEC,
                                           60 * USEC_PER_SEC,
                                           600 * USEC_PER_SEC };

        return tried < ELEMENTS_OF(delays) ? delays[tried] : 0;
}

static void on_retried(int r, const Failure *failure, const JobResult *result, void *userdata) {
        (void) result;
        (void) userdata;

        if (r < 0)
                log_error("What is left to do of Exim's part cannot be done yet: %s",
                          failure->text);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        EximRetry *retry = userdata;
        JobRequest request = { .kind = JOB_RETRY_EXIM, .action = "retry" };
        Job *job;
        int r;

        (void) source;
        (void) usec;

        retry->set = false;
        retry->tried++;
        policy_change_init(&request.change);
        r = manager_queue(retry->manager, &request, on_retried, retry, &job);
        if (r < 0)
                log_warning_errno(r, "Exim's part is not tried again, ignoring: %m");
        return 0;
}

EximRetry *exim_retry_free(EximRetry *retry) {
        if (!retry)
                return NULL;

        sd_event_source_disable_unref(retry->timer);
        free(retry);
        return NULL;
}

int exim_retry_new(sd_event *event, Manager *manager, EximRetry **ret) {
        CLEANUP(exim_retry_freep) EximRetry *retry = NULL;
        int r;

        retry = calloc(1, sizeof(*retry));
        if (!retry)
                return -ENOMEM;
        retry->manager = manager;

        r = sd_event_add_time(
                        event, &retry->timer, CLOCK_MONOTONIC, UINT64_MAX, 0, on_timer, retry);
        if (r < 0)
                return r;

        *ret = TAKE(retry);
        return 0;
}

void exim_retry_follow(EximRetry *retry, const Snapshot *snapshot) {
        uint64_t delay = 0;
        int r = 0;

        if (!snapshot->exim_waits)
                retry->tried = 0;
        else if (retry->set)
                return;
        else
                delay = exim_retry_delay_usec(retry->tried);

        retry->set = delay > 0;
        if (retry->set)
                r = sd_event_source_set_time_relative(retry->timer, delay);
        if (r >= 0)
                r = sd_event_source_set_enabled(
                                retry->timer, retry->set ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        if (r < 0)
                log_warning_errno(r, "Exim's part is not tried again, ignoring: %m");
}
