/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/exim-guard.h"
#include "util/log.h"

static void on_repaired(int r, const Failure *failure, const JobResult *result, void *userdata) {
        EximWatch *watch = userdata;

        if (r >= 0)
                exim_watch_looked(watch, result->foreign_change);
        else
                log_error("Exim's files were changed by somebody else, and what is lost cannot be "
                          "put back: %s",
                          failure->text);
}

/* Whoever waits for a change comes first: it looks at the files as well. */
static bool on_changed(EximWatch *watch, bool report_only, void *userdata) {
        Manager *manager = userdata;
        JobRequest request = { .kind = JOB_REPAIR, .report_only = report_only, .action = "repair" };
        Job *job;

        if (manager_is_busy(manager))
                return false;

        policy_change_init(&request.change);
        return manager_queue(manager, &request, on_repaired, watch, &job) >= 0;
}

int exim_guard_new(sd_event *event, Manager *manager, EximWatch **ret) {
        CLEANUP(exim_watch_freep) EximWatch *watch = NULL;
        int r;

        /* the manager's own events have the normal priority */
        r =
                        exim_watch_new(event,
                                       SD_EVENT_PRIORITY_NORMAL,
                                       "Exim's files",
                                       on_changed,
                                       manager,
                                       &watch);
        if (r < 0)
                return r;

        exim_watch_set_files(watch, &manager_snapshot(manager)->exim_files);
        *ret = TAKE(watch);
        return 0;
}

void exim_guard_end_job(
                EximWatch *watch,
                const JobRequest *request,
                int r,
                size_t exim_changes,
                const Snapshot *now) {
        exim_watch_end_job(watch, exim_changes);
        if (request->kind == JOB_RELOAD && r >= 0)
                exim_watch_forget(watch);
        exim_watch_set_files(watch, &now->exim_files);
}
