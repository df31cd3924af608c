/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/call-job.h"
#include "dbus/bus-error.h"
#include "util/log.h"

typedef struct CallJob {
        Manager *manager;
        Call *call; /* owned until the job is done */
        Job *job;
        CallReply reply;
} CallJob;

/* Who called has left. */
static void cancel(void *userdata) {
        CLEANUP(freep) CallJob *waiting = userdata;

        manager_cancel(waiting->manager, waiting->job);
}

static int send_reply(const CallJob *done, const JobResult *result) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        sd_bus_message *m = call_message(done->call);
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;

        if (done->reply) {
                r = done->reply(reply, result);
                if (r < 0)
                        return r;
        }

        return sd_bus_send(sd_bus_message_get_bus(m), reply, NULL);
}

static void on_job_done(int r, const Failure *failure, const JobResult *result, void *userdata) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(freep) CallJob *done = userdata;
        CLEANUP(call_freep) Call *call = done->call;
        sd_bus_message *m = call_message(call);

        call_set_work(call, NULL, NULL);

        if (r >= 0) {
                failure = NULL;
                r = send_reply(done, result);
                if (r >= 0)
                        return;
        }

        if (!failure || !failure_is_set(failure))
                (void) log_error_errno(
                                r, "Failed to carry out %s: %m", sd_bus_message_get_member(m));

        (void) bus_error_set(&error, r, failure);
        (void) sd_bus_reply_method_error(m, &error);
}

int call_queue_job(
                Manager *manager,
                Call **call,
                JobRequest *request,
                CallReply reply,
                sd_bus_error *reterr) {
        CLEANUP(freep) CallJob *waiting = NULL;
        int r;

        assert(manager && call && *call && request);

        waiting = calloc(1, sizeof(*waiting));
        if (!waiting)
                return bus_error_set(reterr, -ENOMEM, NULL);

        *waiting = (CallJob){ .manager = manager, .call = *call, .reply = reply };
        request->uid = call_uid(*call);
        r = manager_queue(manager, request, on_job_done, waiting, &waiting->job);
        if (r < 0)
                return bus_error_set(reterr, r, NULL);

        call_set_work(*call, cancel, TAKE(waiting));
        *call = NULL;
        return 0;
}
