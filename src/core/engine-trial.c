/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "core/converge.h"
#include "core/engine-trial.h"
#include "core/identity.h"
#include "core/policy-file.h"
#include "util/log.h"
#include "util/text.h"

/* Whose it is and until when, for people. NULL when out of memory. */
static char *describe_trial(const TrialInfo *info) {
        time_t seconds = (time_t) (info->deadline_usec / USEC_PER_SEC);
        struct tm fields = {};
        char until[32] = "?";

        if (gmtime_r(&seconds, &fields))
                (void) strftime(until, sizeof(until), "%F %T UTC", &fields);

        return string_format(
                        "a Try by %s (uid %u) that ends at %s",
                        info->started.user ?: "a user without a name",
                        (unsigned) info->started.uid,
                        until);
}

int engine_check_no_trial(const Engine *engine, Failure *reterr) {
        CLEANUP(freep) char *words = NULL;

        if (!engine->trial_set)
                return 0;

        words = describe_trial(&engine->trial.info);
        return failure_set(
                        reterr,
                        -EBUSY,
                        FAILURE_BUSY,
                        "nothing else can be changed during %s; Confirm or Cancel %s first",
                        words ?: "a Try",
                        engine->trial.info.id);
}

int engine_begin_trial(
                const Engine *engine, uint32_t seconds, const LastChange *change, Trial *ret) {
        CLEANUP(trial_done) Trial trial;
        uint32_t number;
        Clock now;
        int r;

        trial_init(&trial);

        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
                return -EIO;
        trial_set_id(&trial.info, number);
        clock_read(&now);
        trial_start_clock(&trial.info, seconds, &now);

        r = last_change_copy(change, &trial.info.started);
        if (r < 0)
                return r;
        r = applied_copy(&engine->applied, &trial.previous);
        if (r < 0)
                return r;

        *ret = trial;
        trial_init(&trial);
        return 0;
}

void engine_adopt_trial(Engine *engine, Trial *trial) {
        trial_done(&engine->trial);
        engine->trial = *trial;
        engine->trial_set = true;
        trial_init(trial);
}

void engine_forget_trial(Engine *engine) {
        CLEANUP(failure_done) Failure failure = {};

        trial_done(&engine->trial);
        engine->trial_set = false;

        /* the next start sees that the trial is not in force, and removes it */
        if (store_remove_trial(&engine->store, &failure) < 0)
                log_warning("The record of a Try that has ended stays, ignoring: %s", failure.text);
}

static int check_id(const Engine *engine, const char *id, Failure *reterr) {
        if (!engine->trial_set)
                return failure_set(reterr, -ENOENT, FAILURE_NO_TRIAL, "no Try is going on");
        if (!string_equal(engine->trial.info.id, id))
                return failure_set(
                                reterr,
                                -ENOENT,
                                FAILURE_NOT_FOUND,
                                "the Try that is going on has another id");
        return 0;
}

/* It could not be removed for sure. The answer is that the trial goes on, and so it shall, after a
 * crash too. */
static void put_record_back(const Engine *engine, int cause, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {}, both = {};

        if (store_write_trial(&engine->store, &engine->trial, &failure) >= 0) {
                failure_append(reterr, "the change is still on trial");
                return;
        }

        (void) failure_set(
                        &both,
                        cause,
                        FAILURE_ROLLBACK_FAILED,
                        "%s; the change is still on trial, but the record of that cannot be "
                        "written again: %s; the next start may find the change confirmed",
                        reterr->text,
                        failure.text);
        failure_move(reterr, &both);
}

int engine_confirm_trial(Engine *engine, const JobRequest *request, Failure *reterr) {
        Clock now;
        int r;

        r = check_id(engine, request->id, reterr);
        if (r < 0)
                return r;

        clock_read(&now);
        if (trial_left_usec(&engine->trial.info, &now) == 0)
                return failure_set(
                                reterr,
                                -ETIME,
                                FAILURE_NO_TRIAL,
                                "the time of this Try is over; the previous policy comes back");

        r = store_remove_trial(&engine->store, reterr);
        if (r < 0) {
                put_record_back(engine, r, reterr);
                return r;
        }

        log_notice("What was on trial was confirmed by uid %u and stays.", (unsigned) request->uid);
        trial_done(&engine->trial);
        engine->trial_set = false;
        return 0;
}

/* The previous policy, with the verdicts as they were judged then. An edit by hand that waits in
 * policy.json is not overwritten: it stays for Reload, and is not in force. */
static int take_back(
                Engine *engine, const LastChange *change, bool exim_optional, Failure *reterr) {
        CLEANUP(policy_file_done) PolicyFile file = {};
        const Applied *previous = &engine->trial.previous;
        bool edited, changed;
        int r;

        r = policy_file_read(&engine->store, &file);
        if (r < 0)
                return r;
        edited = file.state != POLICY_FILE_MISSING &&
                 !digest_equal(&file.digest, &engine->applied.policy_digest) &&
                 !digest_equal(&file.digest, &engine->trial.tried);

        r = converge(engine,
                     &(ConvergeRequest){
                                     .policy = &previous->policy,
                                     .judgement = JUDGEMENT_KEEP,
                                     .verdicts = previous->facts.verdicts,
                                     .write_policy = !edited,
                                     .digest = edited ? previous->policy_digest : file.digest,
                                     .exim_optional = exim_optional,
                                     .change = change,
                     },
                     &changed,
                     reterr);
        if (r < 0)
                return r;

        last_change_done(&engine->last_failure);
        if (edited)
                log_warning("%s was edited by hand during a Try and was left as it is; it is not "
                            "in force.",
                            store_policy_path());
        return 0;
}

int engine_cancel_trial(Engine *engine, const JobRequest *request, Failure *reterr) {
        CLEANUP(last_change_done) LastChange change = {};
        int r;

        r = check_id(engine, request->id, reterr);
        if (r < 0)
                return r;
        r = identity_begin_change(request->action, request->uid, &change);
        if (r < 0)
                return r;

        r = take_back(engine,
                      &change,
                      mail_limits_equal(
                                      &engine->trial.previous.policy.mail_limits,
                                      &engine->applied.policy.mail_limits),
                      reterr);
        if (r < 0)
                return r;

        engine_forget_trial(engine);
        return 0;
}

int engine_describe_timeout(const Trial *trial, LastChange *ret) {
        CLEANUP(last_change_done) LastChange change = {};
        Clock now;
        int r;

        r = last_change_copy(&trial->info.started, &change);
        if (r < 0)
                return r;

        clock_read(&now);
        change.when_usec = now.realtime_usec;
        free(change.outcome);
        change.outcome = strdup("taken-back");
        if (!change.outcome)
                return -ENOMEM;

        *ret = change;
        change = (LastChange){};
        return 0;
}

void engine_report_timeout(Engine *engine, const Trial *trial) {
        CLEANUP(freep) char *words = describe_trial(&trial->info);

        (void) log_write(
                        LOG_WARNING,
                        LOG_ID_TRIAL_OVER,
                        0,
                        "The previous policy is in force again: nobody confirmed %s.",
                        words ?: "a Try");
        if (problems_add(&engine->converge_problems,
                         PROBLEM_TRIAL_TAKEN_BACK,
                         PROBLEM_SEVERITY_NOTICE,
                         string_format("The previous policy is in force again: nobody confirmed %s",
                                       words ?: "a Try"),
                         string_format("Make the change again to keep it")) < 0)
                log_error("Out of memory.");
}

static void report_overdue(Engine *engine, const Failure *failure) {
        log_error("A Try is over, but the previous policy cannot be brought back yet: %s",
                  failure->text);
        problems_remove(&engine->converge_problems, PROBLEM_TRIAL_OVERDUE);
        if (problems_add(&engine->converge_problems,
                         PROBLEM_TRIAL_OVERDUE,
                         PROBLEM_SEVERITY_ERROR,
                         string_format("A Try is over, but the previous policy cannot be brought "
                                       "back: %s",
                                       failure->text),
                         string_format("Mend the cause; it is tried again each minute")) < 0)
                log_error("Out of memory.");
}

static void take_back_by_time(Engine *engine) {
        CLEANUP(last_change_done) LastChange change = {};
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r = engine_describe_timeout(&engine->trial, &change);
        if (r >= 0)
                r = take_back(engine, &change, true, &failure);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_INTERNAL, "%s", strerror(-r));
                report_overdue(engine, &failure);
                return;
        }

        engine_report_timeout(engine, &engine->trial);
        engine_forget_trial(engine);
}

bool engine_tend_trial(Engine *engine) {
        CLEANUP(failure_done) Failure failure = {};
        Clock now;

        if (!engine->trial_set)
                return true;

        clock_read(&now);
        if (trial_left_usec(&engine->trial.info, &now) == 0) {
                take_back_by_time(engine);
                return !engine->trial_set;
        }

        /* a later boot knows the real time only */
        if (trial_follow_clock(&engine->trial.info, &now) &&
            store_write_trial(&engine->store, &engine->trial, &failure) < 0)
                log_warning("The deadline of a Try cannot be written, ignoring: %s", failure.text);
        return true;
}
