/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Start and Reload: read the state files, decide (recovery.h), converge. What cannot be brought
 * into force becomes a Problem; nothing here ends the service.
 */

#include <errno.h>
#include <string.h>

#include "core/converge.h"
#include "core/engine-attempts.h"
#include "core/engine-exceptions.h"
#include "core/engine-trial.h"
#include "core/engine.h"
#include "core/identity.h"
#include "core/start-state.h"
#include "util/log.h"
#include "util/text.h"

static void set_file_problem(Engine *engine, ProblemId id, const char *text) {
        static const char hint[] = "Mend the file and run smtp-restrictionsctl reload, or remove "
                                   "it and make a change";

        problems_done(&engine->file_problems);
        (void) log_write(
                        LOG_ERR,
                        LOG_ID_POLICY_FILE,
                        0,
                        "What is in force stays, because the policy file cannot be used: %s",
                        text);
        if (problems_add(&engine->file_problems,
                         id,
                         PROBLEM_SEVERITY_WARNING,
                         string_format("What is in force stays: %s", text),
                         string_format(hint)) < 0)
                log_error("Out of memory.");
}

static int converge_to_file(Engine *engine, const StartState *state, Failure *reterr) {
        const Applied *applied = &engine->applied;
        bool changed;

        return converge(engine,
                        &(ConvergeRequest){
                                        .policy = &state->file.policy,
                                        .judgement = JUDGEMENT_KEEP,
                                        .verdicts = state->plan.pending_verdicts
                                                                    ? state->pending.verdicts
                                                    : state->applied_set
                                                                    ? applied->facts.verdicts
                                                                    : state->file.policy
                                                                                      .port_verdicts,
                                        .digest = state->file.digest,
                                        .exim_optional = true,
                                        .reload_owed = state->plan.reload_owed,
                                        .change = state->plan.pending_verdicts
                                                                  ? &state->pending.change
                                                                  : NULL,
                        },
                        &changed,
                        reterr);
}

static int converge_to_edit(
                Engine *engine,
                const PolicyFile *file,
                bool reload_owed,
                const LastChange *change,
                Failure *reterr) {
        bool changed;

        return converge(engine,
                        &(ConvergeRequest){
                                        .policy = &file->policy,
                                        .known = &engine->applied.policy,
                                        .judgement = verdicts_judgement(
                                                        &engine->applied.policy,
                                                        &file->policy,
                                                        true),
                                        .verdicts = engine->applied.facts.verdicts,
                                        .digest = file->digest,
                                        .exim_optional = mail_limits_equal(
                                                        &file->policy.mail_limits,
                                                        &engine->applied.policy.mail_limits),
                                        .reload_owed = reload_owed,
                                        .change = change,
                        },
                        &changed,
                        reterr);
}

/* policy.json is the trial's and becomes the previous one's, which `applied` is by now. */
static int converge_to_previous(Engine *engine, const StartState *state, Failure *reterr) {
        bool changed;

        return converge(engine,
                        &(ConvergeRequest){
                                        .policy = &engine->applied.policy,
                                        .judgement = JUDGEMENT_KEEP,
                                        .verdicts = engine->applied.facts.verdicts,
                                        .write_policy = true,
                                        .digest = state->file.digest,
                                        .exim_optional = true,
                                        .reload_owed = state->plan.reload_owed,
                        },
                        &changed,
                        reterr);
}

/* Something cannot be brought into force: said, and left for Reload. */
static void recovery_failed(Engine *engine, const Failure *failure) {
        ProblemId id = failure->code == FAILURE_STORAGE_FAILED ? PROBLEM_STORAGE_FAILED
                                                               : PROBLEM_FIREWALL_FAILED;

        log_error("The policy cannot be brought into force: %s", failure->text);
        problems_done(&engine->converge_problems);
        if (problems_add(&engine->converge_problems,
                         id,
                         PROBLEM_SEVERITY_ERROR,
                         string_format("The policy could not be brought into force: %s",
                                       failure->text),
                         string_format("Mend the cause, then run smtp-restrictionsctl reload")) < 0)
                log_error("Out of memory.");
}

static int recover_edit(Engine *engine, const StartState *state, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(last_change_done) LastChange change = {};
        int r;

        r = identity_begin_change("recovery", 0, &change);
        if (r < 0)
                return r;

        r = converge_to_edit(engine, &state->file, state->plan.reload_owed, &change, &failure);
        if (r >= 0)
                return 0;

        failure_prefix(&failure, "%s", store_policy_path());
        set_file_problem(engine, PROBLEM_POLICY_FILE_INVALID, failure.text);
        if (!state->applied_set) {
                engine->unknown = true;
                return 0;
        }

        return converge_again(engine, state->plan.reload_owed, reterr);
}

static const char *describe_file_problem(const StartState *state) {
        switch (state->plan.problem) {
        case PROBLEM_POLICY_FILE_MISSING:
                return "policy.json is missing";
        case PROBLEM_POLICY_FILE_CHANGED:
                return "policy.json was edited during a Try; Confirm or Cancel that first";
        default:
                return state->file.failure.text;
        }
}

static int recover(Engine *engine, const StartState *state, Failure *reterr) {
        if (state->plan.problem_set)
                set_file_problem(engine, state->plan.problem, describe_file_problem(state));

        switch (state->plan.target) {
        case RECOVERY_NOTHING:
                engine->unknown = true;
                return 0;
        case RECOVERY_DEFAULT:
        case RECOVERY_APPLIED:
                return converge_again(engine, state->plan.reload_owed, reterr);
        case RECOVERY_FILE:
                return converge_to_file(engine, state, reterr);
        case RECOVERY_EDIT:
                return recover_edit(engine, state, reterr);
        case RECOVERY_PREVIOUS:
                return converge_to_previous(engine, state, reterr);
        }

        return -EINVAL;
}

/* What becomes of the record of a trial, now that the host is as the plan says, or could not be. */
static void recover_trial(Engine *engine, StartState *state, bool failed) {
        if (!state->trial_set)
                return;

        /* over but not taken back: engine_tend_trial() goes on trying */
        if (state->finding == TRIAL_OPEN || (state->finding == TRIAL_OVER && failed)) {
                engine_adopt_trial(engine, &state->trial);
                if (state->finding == TRIAL_OPEN)
                        IGNORE_RESULT(engine_tend_trial(engine)); /* a timer looks again */
                return;
        }

        if (state->finding == TRIAL_OVER)
                engine_report_timeout(engine, &state->trial);
        engine_forget_trial(engine);
}

void engine_recover(Engine *engine) {
        CLEANUP(start_state_done) StartState state = {};
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r = start_state_read(&engine->store, &state);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_INTERNAL, "%s", strerror(-r));
                recovery_failed(engine, &failure);
                return;
        }

        if (state.applied_set) {
                applied_done(&engine->applied);
                engine->applied = state.applied;
                applied_init(&state.applied);
                engine->applied_stored = state.finding != TRIAL_OVER;
        }
        if (state.pending_set)
                (void) log_write(
                                LOG_NOTICE,
                                LOG_ID_RECOVERED,
                                0,
                                "A change was interrupted; converging to what %s says.",
                                store_policy_path());

        engine_read_exceptions(engine);
        engine_read_attempts(engine);
        r = recover(engine, &state, &failure);
        exim_edits_forget(&engine->exim);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_INTERNAL, "%s", strerror(-r));
                recovery_failed(engine, &failure);
        }
        recover_trial(engine, &state, r < 0);
}

int engine_reload(Engine *engine, const JobRequest *request, Failure *reterr) {
        CLEANUP(policy_file_done) PolicyFile file = {};
        CLEANUP(last_change_done) LastChange change = {};
        int r;

        r = policy_file_read(&engine->store, &file);
        if (r < 0)
                return r;
        /* resolving and repairing goes on meanwhile */
        if (file.state == POLICY_FILE_VALID &&
            !digest_equal(&file.digest, &engine->applied.policy_digest)) {
                r = engine_check_no_trial(engine, reterr);
                if (r < 0)
                        return r;
        }
        r = identity_begin_change(request->action, request->uid, &change);
        if (r < 0)
                return r;
        if (failure_is_set(&engine->exceptions_failure))
                engine_read_exceptions(engine);

        switch (file.state) {
        case POLICY_FILE_VALID:
                r = converge_to_edit(engine, &file, false, &change, reterr);
                if (r < 0 && !digest_equal(&file.digest, &engine->applied.policy_digest))
                        set_file_problem(
                                        engine,
                                        PROBLEM_POLICY_FILE_INVALID,
                                        reterr->text ? reterr->text : "");
                break;
        case POLICY_FILE_MISSING:
                if (engine->applied.policy_digest.hex[0] == 0)
                        r = converge_again(engine, false, reterr);
                else
                        r = failure_set(reterr,
                                        -ENOENT,
                                        FAILURE_POLICY_FILE_CHANGED,
                                        "%s is missing; what is in force stays, and the next "
                                        "change writes it anew",
                                        store_policy_path());
                break;
        case POLICY_FILE_INVALID:
        case POLICY_FILE_NEWER:
                set_file_problem(
                                engine,
                                file.state == POLICY_FILE_NEWER ? PROBLEM_POLICY_FILE_NEWER
                                                                : PROBLEM_POLICY_FILE_INVALID,
                                file.failure.text);
                failure_move(reterr, &file.failure);
                failure_append(reterr, "the old state is in force");
                r = -EINVAL;
                break;
        }

        if (r >= 0) {
                problems_done(&engine->file_problems);
                table_guard_forget(engine->guard);
        }
        return r;
}
