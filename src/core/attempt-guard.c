/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/attempt-guard.h"
#include "util/log.h"

static void on_attempt(const AttemptNotice *notice, uint64_t count, void *userdata) {
        manager_tell_attempt(userdata, notice, count);
}

static void on_save(void *userdata) {
        JobRequest request = { .kind = JOB_SAVE_ATTEMPTS, .action = "save" };
        Job *job;
        int r;

        policy_change_init(&request.change);
        r = manager_queue(userdata, &request, NULL, NULL, &job);
        if (r < 0)
                log_warning_errno(r, "Attempts are not saved, ignoring: %m");
}

int attempt_guard_new(sd_event *event, Manager *manager, AttemptWatch **ret) {
        const AttemptWatchCallbacks callbacks = {
                .attempt = on_attempt,
                .save = on_save,
                .userdata = manager,
        };

        return attempt_watch_new(event, &callbacks, ret);
}

void attempt_guard_begin_job(AttemptWatch *watch, JobRequest *request) {
        switch (request->kind) {
        case JOB_LIST_ATTEMPTS:
        case JOB_RESET_ATTEMPTS:
        case JOB_SAVE_ATTEMPTS:
                request->fresh = attempt_watch_take_fresh(watch);
                break;
        default:
                break;
        }
}
