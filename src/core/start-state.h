/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the state files say at a start, and what follows from it (recovery.h, trial.h). Reads alone;
 * recover.c acts.
 */

#include "core/policy-file.h"
#include "core/recovery.h"

typedef struct StartState {
        PolicyFile file;
        Applied applied;
        bool applied_set;
        Pending pending;
        bool pending_set;
        Trial trial;
        bool trial_set;
        TrialFinding finding; /* TRIAL_OVER: `applied` is what the trial replaced */
        RecoveryPlan plan;
} StartState;

void start_state_done(StartState *state);
/* Logs what is damaged. Return: 0 or -ENOMEM. */
WARN_UNUSED int start_state_read(const Store *store, StartState *state);
