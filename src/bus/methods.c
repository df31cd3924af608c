/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The methods. Each has one order: read, check, authorize, act; and runs again from its top when
 * what it waited for has come (calls.h). Here are those that core carries out as a job;
 * methods-answer.c has those that are answered from what is known.
 */

#include <errno.h>

#include "bus/answers.h"
#include "bus/call-job.h"
#include "bus/codec-exception.h"
#include "bus/codec-explain.h"
#include "bus/codec-write.h"
#include "bus/details.h"
#include "bus/rights.h"
#include "bus/service.h"
#include "core/meter-file.h"
#include "dbus/bus-error.h"
#include "util/log.h"
#include "util/text.h"

#define ACTION_ENABLE     SMTP_RESTRICTIONS_ACTION_ENABLE
#define ACTION_DISABLE    SMTP_RESTRICTIONS_ACTION_DISABLE
#define ACTION_INSPECT    SMTP_RESTRICTIONS_ACTION_INSPECT
#define ACTION_SET_POLICY SMTP_RESTRICTIONS_ACTION_SET_POLICY
#define ACTION_SET_LIMITS SMTP_RESTRICTIONS_ACTION_SET_MAIL_LIMITS
#define ACTION_EXCEPTIONS SMTP_RESTRICTIONS_ACTION_MANAGE_EXCEPTIONS
#define OF_THE_CHANGE     NULL /* each action that the change needs */

/* bytes of names; all other arguments are small by their bounds */
#define HEAVY_SIZE ((size_t) 64 * 1024)

typedef struct JobMethod {
        const char *name;
        JobKind kind;
        const char *action;
        /* Arguments to request; NULL: none. */
        int (*read)(sd_bus_message *m, JobRequest *request, Failure *reterr);
        CallReply reply; /* NULL: an empty answer */
} JobMethod;

static int read_enable(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        (void) m;
        (void) reterr;

        request->change.named[POLICY_KEY_ENABLED] = true;
        request->change.values.enabled = true;
        return 0;
}

static int read_disable(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        (void) m;
        (void) reterr;

        request->change.named[POLICY_KEY_ENABLED] = true;
        request->change.values.enabled = false;
        return 0;
}

static int read_set_policy(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_policy(m, false, &request->change, reterr);
}

static int read_replace_policy(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        ReplaceOptions options;
        int r;

        request->change.replace = true;
        r = codec_read_policy(m, true, &request->change, reterr);
        if (r < 0)
                return r;

        r = codec_read_replace_options(m, &options, reterr);
        if (r < 0)
                return r;

        request->dry_run = options.dry_run;
        request->generation_set = options.if_generation_set;
        request->generation = options.if_generation;
        return 0;
}

static int read_set_limits(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_mail_limits(m, &request->change, reterr);
}

static int read_reset_limits(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_limit_names(m, &request->change, reterr);
}

static int read_preview(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_policy(m, true, &request->change, reterr);
}

static int read_try(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        int r;

        r = codec_read_policy(m, true, &request->change, reterr);
        if (r < 0)
                return r;

        if (rights_change_is_empty(&request->change))
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Names no key, so there is nothing to try");

        return codec_read_try_seconds(m, &request->try_seconds, reterr);
}

static int read_trial_id(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_id(m, request->id, sizeof(request->id), reterr);
}

static int read_rollback(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_past(m, &request->past, reterr);
}

static int read_history(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_history_filter(m, &request->most, &request->past, reterr);
}

static int read_attempts(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        return codec_read_attempt_filter(
                        m, request->kind == JOB_RESET_ATTEMPTS, &request->attempts, reterr);
}

static int reply_id(sd_bus_message *reply, const JobResult *result) {
        return sd_bus_message_append(reply, "s", result->id);
}

static int reply_changed(sd_bus_message *reply, const JobResult *result) {
        return sd_bus_message_append(reply, "b", (int) result->changed);
}

static int reply_problems(sd_bus_message *reply, const JobResult *result) {
        return codec_append_problems(reply, &result->problems);
}

/* clang-format off */
static const JobMethod job_methods[] = {
        { "Enable",          JOB_CHANGE,  ACTION_ENABLE,     read_enable,         NULL },
        { "Disable",         JOB_CHANGE,  ACTION_DISABLE,    read_disable,        NULL },
        { "SetPolicy",       JOB_CHANGE,  ACTION_SET_POLICY, read_set_policy,     NULL },
        { "ReplacePolicy",   JOB_CHANGE,  ACTION_SET_POLICY, read_replace_policy, reply_changed },
        { "SetMailLimits",   JOB_CHANGE,  ACTION_SET_LIMITS, read_set_limits,     NULL },
        { "ResetMailLimits", JOB_CHANGE,  ACTION_SET_LIMITS, read_reset_limits,   NULL },
        { "Try",             JOB_CHANGE,  OF_THE_CHANGE,     read_try,            reply_id },
        { "Confirm",         JOB_CONFIRM, OF_THE_CHANGE,     read_trial_id,       NULL },
        { "Cancel",          JOB_CANCEL,  OF_THE_CHANGE,     read_trial_id,       NULL },
        { "Preview",         JOB_PREVIEW, ACTION_INSPECT,    read_preview,        answer_append_preview },
        { "ListHistory",     JOB_LIST_HISTORY, ACTION_INSPECT, read_history,      answer_append_history },
        { "Rollback",        JOB_ROLLBACK, ACTION_SET_POLICY, read_rollback,      NULL },
        { "AddException",    JOB_ADD_EXCEPTION, ACTION_EXCEPTIONS, codec_read_exception, reply_id },
        { "RemoveException", JOB_REMOVE_EXCEPTION, ACTION_EXCEPTIONS, codec_read_exception_id, NULL },
        { "ListAttempts",    JOB_LIST_ATTEMPTS, ACTION_INSPECT, read_attempts,    answer_append_attempts },
        { "ResetAttempts",   JOB_RESET_ATTEMPTS, ACTION_SET_POLICY, read_attempts, NULL },
        { "Explain",         JOB_EXPLAIN, ACTION_INSPECT,    codec_read_explain,  codec_append_explanation },
        { "Verify",          JOB_VERIFY,  ACTION_INSPECT,    NULL,                reply_problems },
        { "FollowMeter",     JOB_FOLLOW_METER, ACTION_SET_LIMITS, NULL,           NULL },
        { "Reload",          JOB_RELOAD,  ACTION_SET_POLICY, NULL,                NULL },
};
/* clang-format on */

static const JobMethod *find_job_method(const char *name) {
        for (size_t i = 0; i < ELEMENTS_OF(job_methods); i++)
                if (string_equal(job_methods[i].name, name))
                        return &job_methods[i];

        return NULL;
}

/* An error for the caller; what nobody has put into words goes to the log. */
int method_fail(const char *method, int r, const Failure *failure, sd_bus_error *reterr) {
        if (sd_bus_error_is_set(reterr))
                return r;

        if (!failure || !failure_is_set(failure))
                (void) log_error_errno(r, "Failed to carry out %s: %m", method);

        return bus_error_set(reterr, r, failure);
}

/*
 * What Confirm and Cancel are about is the change that is on trial. It stays the same for one id,
 * so a call that runs again after it was authorized is about the same rights. That a trial goes on
 * is no secret (TryDeadline), and an id is good for nothing else.
 */
static int find_trial(const Bus *bus, JobRequest *request, Failure *reterr) {
        const Snapshot *snapshot = manager_snapshot(bus->manager);

        if (request->kind != JOB_CONFIRM && request->kind != JOB_CANCEL)
                return 0;

        if (!snapshot->trial_set)
                return failure_set(reterr, -ENOENT, FAILURE_NO_TRIAL, "No Try is going on");
        if (!string_equal(snapshot->trial.id, request->id))
                return failure_set(
                                reterr,
                                -ENOENT,
                                FAILURE_NOT_FOUND,
                                "The Try that is going on has another id");

        return policy_change_copy(&snapshot->trial_change, &request->change);
}

/* What polkit is told of the exception that is to go. That there is none with this id is said
 * behind the authorization. */
static void find_exception(const Bus *bus, JobRequest *request) {
        Exception *found;

        if (request->kind != JOB_REMOVE_EXCEPTION)
                return;

        found = exceptions_find(
                        &manager_snapshot(bus->manager)->policy.exceptions, request->exception_id);
        request->exception = found ? exception_ref(found) : NULL;
}

static bool is_heavy(const PolicyChange *change) {
        const StringList *lists[] = {
                &change->values.allowed_users,
                &change->values.allowed_groups,
        };
        size_t size = 0;

        for (size_t i = 0; i < ELEMENTS_OF(lists); i++)
                for (size_t k = 0; k < lists[i]->count; k++)
                        size += strlen(lists[i]->items[k]);

        return size > HEAVY_SIZE;
}

static int authorize_job(
                Bus *bus,
                sd_bus_message *m,
                const JobMethod *method,
                const JobRequest *request,
                Call **call,
                sd_bus_error *reterr) {
        CLEANUP(string_list_done) StringList details = {};
        CallQuestion question = { .details = &details };
        int r;

        r = details_append_job(&details, request);
        if (r < 0)
                return r;

        question.heavy = is_heavy(&request->change);
        if (request->kind == JOB_EXPLAIN && !request->explain.user &&
            !request->explain.interface[0]) {
                question.about_caller = !request->explain.uid_set;
                question.about_uid = request->explain.uid_set;
                question.uid = request->explain.uid;
        }
        if (request->kind == JOB_FOLLOW_METER)
                question.about_uid = meter_find_uid(&question.uid); /* the meter itself may */
        rights_of_job(method->action, request, question.actions);
        return calls_authorize(bus->calls, m, &question, call, reterr);
}

int method_run_job(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Bus *bus = userdata;
        const JobMethod *method = find_job_method(sd_bus_message_get_member(m));
        CLEANUP(call_freep) Call *call = calls_resume(bus->calls, m);
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(job_request_done)
        JobRequest request = { .kind = method->kind, .action = method->name };
        int r;

        policy_change_init(&request.change);

        if (method->read) {
                r = method->read(m, &request, &failure);
                if (r < 0)
                        return method_fail(method->name, r, &failure, reterr);
        }
        r = find_trial(bus, &request, &failure);
        if (r < 0)
                return method_fail(method->name, r, &failure, reterr);
        find_exception(bus, &request);

        r = authorize_job(bus, m, method, &request, &call, reterr);
        if (r < 0)
                return method_fail(method->name, r, NULL, reterr);
        if (r == CALLS_E_PENDING)
                return 1;

        r = call_queue_job(bus->manager, &call, &request, method->reply, reterr);
        if (r < 0)
                return method_fail(method->name, r, NULL, reterr);

        return 1;
}
