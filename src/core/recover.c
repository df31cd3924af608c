/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Start and Reload: read the state files, decide (recovery.h), converge. What cannot be brought
 * into force becomes a Problem; nothing here ends the service.
 */

#include <errno.h>
#include <string.h>

#include "core/converge.h"
#include "core/engine.h"
#include "core/identity.h"
#include "core/policy-file.h"
#include "util/log.h"
#include "util/text.h"

/* What the three files say at a start. */
typedef struct State {
        PolicyFile file;
        Applied applied;
        bool applied_set;
        Pending pending;
        bool pending_set;
        RecoveryPlan plan;
} State;

static void state_done(State *state) {
        policy_file_done(&state->file);
        applied_done(&state->applied);
        pending_done(&state->pending);
}

static int state_read(const Store *store, State *state) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        applied_init(&state->applied);

        r = policy_file_read(store, &state->file);
        if (r < 0)
                return r;

        r = store_read_applied(store, &state->applied, &failure);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                log_error("The record of what is in force is damaged, ignoring: %s", failure.text);
        state->applied_set = r > 0;
        failure_done(&failure);

        r = store_read_pending(store, &state->pending, &failure);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                /* Something had begun; what is not known is assumed. */
                log_error("The record of a change that had begun is damaged: %s", failure.text);
                state->pending.reload_owed = true;
        }
        state->pending_set = r != 0;

        state->plan =
                        recovery_plan(state->file.state,
                                      &state->file.digest,
                                      state->applied_set ? &state->applied : NULL,
                                      state->pending_set ? &state->pending : NULL);
        return 0;
}

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

static int converge_to_file(Engine *engine, const State *state, Failure *reterr) {
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

static int converge_to_applied(Engine *engine, bool reload_owed, Failure *reterr) {
        bool changed;

        return converge(engine,
                        &(ConvergeRequest){
                                        .policy = &engine->applied.policy,
                                        .judgement = JUDGEMENT_KEEP,
                                        .verdicts = engine->applied.facts.verdicts,
                                        .digest = engine->applied.policy_digest,
                                        .exim_optional = true,
                                        .reload_owed = reload_owed,
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

static int recover_edit(Engine *engine, const State *state, Failure *reterr) {
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

        return converge_to_applied(engine, state->plan.reload_owed, reterr);
}

static int recover(Engine *engine, const State *state, Failure *reterr) {
        if (state->plan.problem_set)
                set_file_problem(
                                engine,
                                state->plan.problem,
                                state->plan.problem == PROBLEM_POLICY_FILE_MISSING
                                                ? "policy.json is missing"
                                                : state->file.failure.text);

        switch (state->plan.target) {
        case RECOVERY_NOTHING:
                engine->unknown = true;
                return 0;
        case RECOVERY_DEFAULT:
        case RECOVERY_APPLIED:
                return converge_to_applied(engine, state->plan.reload_owed, reterr);
        case RECOVERY_FILE:
                return converge_to_file(engine, state, reterr);
        case RECOVERY_EDIT:
                return recover_edit(engine, state, reterr);
        }

        return -EINVAL;
}

void engine_recover(Engine *engine) {
        CLEANUP(state_done) State state = {};
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r = state_read(&engine->store, &state);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_INTERNAL, "%s", strerror(-r));
                recovery_failed(engine, &failure);
                return;
        }

        if (state.applied_set) {
                applied_done(&engine->applied);
                engine->applied = state.applied;
                applied_init(&state.applied);
                engine->applied_stored = true;
        }
        if (state.pending_set)
                (void) log_write(
                                LOG_NOTICE,
                                LOG_ID_RECOVERED,
                                0,
                                "A change was interrupted; converging to what %s says.",
                                store_policy_path());

        r = recover(engine, &state, &failure);
        exim_edits_forget(&engine->exim);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_INTERNAL, "%s", strerror(-r));
                recovery_failed(engine, &failure);
        }
}

int engine_reload(Engine *engine, const JobRequest *request, Failure *reterr) {
        CLEANUP(policy_file_done) PolicyFile file = {};
        CLEANUP(last_change_done) LastChange change = {};
        int r;

        r = policy_file_read(&engine->store, &file);
        if (r < 0)
                return r;
        r = identity_begin_change(request->action, request->uid, &change);
        if (r < 0)
                return r;

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
                        r = converge_to_applied(engine, false, reterr);
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

        if (r >= 0)
                problems_done(&engine->file_problems);
        return r;
}
