/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "core/converge.h"
#include "core/engine-attempts.h"
#include "core/engine-exceptions.h"
#include "core/engine-explain.h"
#include "core/engine-follow.h"
#include "core/engine-trial.h"
#include "core/engine.h"
#include "core/exim-files.h"
#include "core/exim-repair.h"
#include "core/exim-sweep.h"
#include "core/history.h"
#include "core/identity.h"
#include "core/policy-file.h"
#include "util/log.h"
#include "util/text.h"

Engine *engine_free(Engine *engine) {
        if (!engine)
                return NULL;

        store_done(&engine->store);
        firewall_free(engine->firewall);
        sd_bus_flush_close_unref(engine->systemd);
        applied_done(&engine->applied);
        exim_facts_done(&engine->exim);
        string_list_done(&engine->exim_edited);
        exim_memory_done(&engine->exim_memory);
        exim_listeners_done(&engine->unproven);
        exim_sessions_done(&engine->exim_sessions);
        problems_done(&engine->file_problems);
        problems_done(&engine->converge_problems);
        trial_done(&engine->trial);
        attempt_book_done(&engine->attempt_book);
        last_change_done(&engine->last_failure);
        failure_done(&engine->exceptions_failure);
        free(engine);
        return NULL;
}

int engine_new(Engine **ret, Failure *reterr) {
        CLEANUP(engine_freep) Engine *engine = NULL;
        int r;

        engine = calloc(1, sizeof(*engine));
        if (!engine)
                return -ENOMEM;
        engine->store = (Store) STORE_NONE;
        applied_init(&engine->applied);
        trial_init(&engine->trial);

        r = store_open(&engine->store);
        if (r == -EWOULDBLOCK)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "another smtp-restrictionsd is running");
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "the state cannot be opened: %s",
                                strerror(-r));
        store_forget(&engine->store);

        exim_files_load(engine);

        r = firewall_new(&engine->firewall);
        if (r < 0)
                return r;

        *ret = TAKE(engine);
        return 0;
}

bool engine_prove(Engine *engine) {
        CLEANUP(failure_done) Failure failure = {};

        if (!engine->reload_unproven)
                return exim_sweep_again(engine);
        if (exim_reload_is_proven(&engine->exim, &engine->unproven) <= 0)
                return false;

        if (store_remove_pending(&engine->store, &failure) < 0) {
                log_error("Exim has reloaded, but the record of it cannot be removed: %s",
                          failure.text);
                return false;
        }

        engine->reload_unproven = false;
        engine->reload_owed = false;
        problems_remove(&engine->converge_problems, PROBLEM_RELOAD_UNPROVEN);

        log_notice("Exim has reloaded.");
        engine->sweep_owed = true;
        return exim_sweep_again(engine);
}

/* An edit by hand that nobody has taken over yet must not be overwritten. */
static int check_policy_file(const Engine *engine, Digest *ret, Failure *reterr) {
        CLEANUP(policy_file_done) PolicyFile file = {};
        int r;

        r = policy_file_read(&engine->store, &file);
        if (r < 0)
                return r;

        if (file.state == POLICY_FILE_MISSING ||
            digest_equal(&file.digest, &engine->applied.policy_digest)) {
                *ret = file.digest;
                return 0;
        }

        if (file.state == POLICY_FILE_VALID)
                return failure_set(
                                reterr,
                                -ESTALE,
                                FAILURE_POLICY_FILE_CHANGED,
                                "%s was edited by hand; run smtp-restrictionsctl reload to take "
                                "the edit over, then try again",
                                store_policy_path());
        return failure_set(
                        reterr,
                        -ESTALE,
                        FAILURE_POLICY_FILE_CHANGED,
                        "%s; mend the file and run smtp-restrictionsctl reload, or remove it, then "
                        "try again",
                        file.failure.text);
}

void engine_remember_failure(Engine *engine, LastChange *change, const Failure *failure) {
        free(change->outcome);
        change->outcome = strdup(failure_code_to_string(failure->code));
        last_change_done(&engine->last_failure);
        engine->last_failure = *change;
        *change = (LastChange){};
}

/* The trial has begun, or there is none. */
static void settle_trial(Engine *engine, Trial *trial, int r, const Failure *failure) {
        if (r >= 0)
                engine_adopt_trial(engine, trial);
        else if (failure->code != FAILURE_ROLLBACK_FAILED)
                engine_forget_trial(engine);
        /* else the next start finds out which policy it is, and needs the record for that */
}

static int find_wanted(
                const Engine *engine, const JobRequest *request, Policy *ret, Failure *reterr) {
        CLEANUP(history_entry_done) HistoryEntry entry;
        int r;

        history_entry_init(&entry);

        if (request->kind != JOB_ROLLBACK)
                return policy_change_apply(&request->change, &engine->applied.policy, ret, reterr);

        r = history_find(&engine->store, request->past, &entry, reterr);
        if (r < 0)
                return r;

        *ret = entry.policy;
        policy_init(&entry.policy);
        return 0;
}

static int run_change(
                Engine *engine, const JobRequest *request, JobResult *result, Failure *reterr) {
        CLEANUP(policy_done) Policy wanted;
        CLEANUP(trial_done) Trial trial;
        CLEANUP(last_change_done) LastChange change = {};
        bool repair = request->kind == JOB_CHANGE && string_equal(request->action, "Enable");
        bool check_only = request->kind == JOB_PREVIEW || request->dry_run;
        bool past = request->kind == JOB_ROLLBACK; /* names may have vanished since */
        bool on_trial = request->try_seconds > 0;
        Digest digest = {};
        int r;

        policy_init(&wanted);
        trial_init(&trial);

        if (!check_only) {
                r = engine_check_no_trial(engine, reterr);
                if (r < 0)
                        return r;
        }
        if (request->generation_set && request->generation != engine->applied.generation)
                return failure_set(
                                reterr,
                                -ESTALE,
                                FAILURE_CHANGED,
                                "the policy is of generation %ju, not %ju",
                                (uintmax_t) engine->applied.generation,
                                (uintmax_t) request->generation);

        if (!check_only) {
                r = check_policy_file(engine, &digest, reterr);
                if (r < 0)
                        return r;
        }
        r = find_wanted(engine, request, &wanted, reterr);
        if (r < 0)
                return r;
        r = identity_begin_change(request->action, request->uid, &change);
        if (r < 0)
                return r;
        if (on_trial) {
                r = engine_begin_trial(engine, request->try_seconds, &change, &trial);
                if (r < 0)
                        return r;
                (void) strcpy(result->id, trial.info.id);
        }

        r = converge(engine,
                     &(ConvergeRequest){
                                     .policy = &wanted,
                                     .known = past ? NULL : &engine->applied.policy,
                                     .judgement = verdicts_judgement(
                                                     &engine->applied.policy, &wanted, repair),
                                     .verdicts = engine->applied.facts.verdicts,
                                     .write_policy = true,
                                     .digest = digest,
                                     .exim_optional = mail_limits_equal(
                                                     &wanted.mail_limits,
                                                     &engine->applied.policy.mail_limits),
                                     .check_only = check_only,
                                     .change = &change,
                                     .trial = on_trial ? &trial : NULL,
                                     .preview = request->kind == JOB_PREVIEW ? result : NULL,
                     },
                     &result->changed,
                     reterr);
        if (on_trial)
                settle_trial(engine, &trial, r, reterr);
        if (r < 0 && !check_only)
                engine_remember_failure(engine, &change, reterr);
        if (r < 0 || check_only)
                return r;

        last_change_done(&engine->last_failure);
        problems_done(&engine->file_problems);
        return 0;
}

int engine_run(Engine *engine, const JobRequest *request, JobResult *ret, Failure *reterr) {
        CLEANUP(job_result_done) JobResult result = {};
        int r = 0;

        engine_note_attempts(engine, &request->fresh);
        switch (request->kind) {
        case JOB_CHANGE:
        case JOB_PREVIEW:
        case JOB_ROLLBACK:
                r = run_change(engine, request, &result, reterr);
                break;
        case JOB_RELOAD:
                r = engine_reload(engine, request, reterr);
                break;
        case JOB_LIST_HISTORY:
                r = history_list(&engine->store, request->past, request->most, &result.history);
                break;
        case JOB_CONFIRM:
                r = engine_confirm_trial(engine, request, reterr);
                break;
        case JOB_CANCEL:
                r = engine_cancel_trial(engine, request, reterr);
                break;
        case JOB_ADD_EXCEPTION:
                r = engine_add_exception(engine, request, &result, reterr);
                break;
        case JOB_REMOVE_EXCEPTION:
                r = engine_remove_exception(engine, request, reterr);
                break;
        case JOB_LIST_ATTEMPTS:
                r = engine_list_attempts(engine, request, &result, reterr);
                break;
        case JOB_RESET_ATTEMPTS:
                r = engine_reset_attempts(engine, request, reterr);
                break;
        case JOB_SAVE_ATTEMPTS:
                engine_save_attempts(engine);
                break;
        case JOB_EXPLAIN:
                r = engine_explain(engine, request, &result.explanation, reterr);
                break;
        case JOB_VERIFY:
                r = engine_verify(engine, &result.problems, reterr);
                break;
        case JOB_CLOCK:
                r = engine_follow_clock(engine, reterr);
                break;
        case JOB_FOLLOW_METER:
                r = engine_follow_meter(engine, reterr);
                break;
        case JOB_FOLLOW:
                r = engine_follow_names(engine, reterr);
                break;
        case JOB_REPAIR:
                r = engine_repair_exim(
                                engine, request->report_only, &result.foreign_change, reterr);
                break;
        case JOB_RETRY_EXIM:
                r = engine_retry_exim(engine, reterr);
                break;
        }

        /* A policy of 50,000 users passes through many small blocks: give them back, the daemon
         * idles for days. */
        (void) malloc_trim(0);

        if (r < 0) {
                (void) failure_set(reterr, r, FAILURE_INTERNAL, "%s", strerror(-r));
                return r;
        }

        *ret = result;
        result = (JobResult){};
        return 0;
}
