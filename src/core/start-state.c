/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/engine-trial.h"
#include "core/start-state.h"
#include "util/log.h"

void start_state_done(StartState *state) {
        policy_file_done(&state->file);
        applied_done(&state->applied);
        pending_done(&state->pending);
        trial_done(&state->trial);
}

/*
 * The end of a trial whose time is over, as far as memory goes: from here on the previous policy is
 * what is in force, so that a failure of whatever follows does not lead back to the trial's.
 */
static int replace_applied(StartState *state) {
        CLEANUP(applied_done) Applied previous;
        int r;

        applied_init(&previous);

        r = applied_copy(&state->trial.previous, &previous);
        if (r < 0)
                return r;
        last_change_done(&previous.last_change);
        r = engine_describe_timeout(&state->trial, &previous.last_change);
        if (r < 0)
                return r;
        previous.generation = MAX_OF(previous.generation, state->applied.generation) + 1;

        applied_done(&state->applied);
        state->applied = previous;
        applied_init(&previous);
        state->applied_set = true;
        return 0;
}

static int read_trial(const Store *store, StartState *state) {
        CLEANUP(failure_done) Failure failure = {};
        Clock now;
        int r;

        trial_init(&state->trial);

        r = store_read_trial(store, &state->trial, &failure);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                log_error("The record of a Try is damaged; what is in force stays: %s",
                          failure.text);
        state->trial_set = r > 0;
        if (!state->trial_set)
                return 0;

        clock_read(&now);
        state->finding =
                        trial_find(&state->trial,
                                   &state->file.digest,
                                   state->applied_set ? &state->applied : NULL,
                                   state->pending_set ? &state->pending : NULL,
                                   &now);
        return state->finding == TRIAL_OVER ? replace_applied(state) : 0;
}

int start_state_read(const Store *store, StartState *state) {
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

        r = read_trial(store, state);
        if (r < 0)
                return r;

        state->plan =
                        recovery_plan(state->file.state,
                                      &state->file.digest,
                                      state->applied_set ? &state->applied : NULL,
                                      state->pending_set ? &state->pending : NULL);
        if (state->trial_set)
                state->plan = recovery_amend_plan(
                                state->plan,
                                state->finding,
                                digest_equal(&state->file.digest, &state->trial.tried));
        return 0;
}
