/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a start has to bring into force, decided from what the three state files say. Pure;
 * docs/ARCHITECTURE.md has the same table for people.
 */

#include "core/applied.h"
#include "core/pending.h"
#include "core/trial.h"
#include "policy/problem.h"

typedef enum PolicyFileState {
        POLICY_FILE_MISSING,
        POLICY_FILE_VALID,
        POLICY_FILE_INVALID, /* unreadable, no JSON, or not a policy */
        POLICY_FILE_NEWER,   /* of a newer major version of the format */
} PolicyFileState;

typedef enum RecoveryTarget {
        RECOVERY_NOTHING,  /* nothing is known: leave kernel and Exim as they are */
        RECOVERY_DEFAULT,  /* nothing was ever set: converge to the defaults, which restrict nothing
                            */
        RECOVERY_APPLIED,  /* what applied.json says, whatever policy.json holds */
        RECOVERY_FILE,     /* what policy.json says; it is known to have been checked and judged */
        RECOVERY_EDIT,     /* what policy.json says, as an edit by hand: names are checked, verdicts
                            * judged; if that    fails RECOVERY_APPLIED, or RECOVERY_NOTHING without one
                            */
        RECOVERY_PREVIOUS, /* a trial is over: what it replaced, into policy.json too */
} RecoveryTarget;

typedef struct RecoveryPlan {
        RecoveryTarget target;
        bool pending_verdicts; /* RECOVERY_FILE: the verdicts in force are those of pending.json */
        bool reload_owed;
        bool problem_set;
        ProblemId problem; /* what is wrong with policy.json */
} RecoveryPlan;

/* `applied` and `pending` are NULL where there is none or it cannot be read. */
RecoveryPlan recovery_plan(
                PolicyFileState file,
                const Digest *file_digest,
                const Applied *applied,
                const Pending *pending);

/*
 * The same while there is a record of a trial; `in_file`: policy.json is the trial's. An edit by
 * hand waits for the end of a trial that is open. Of one that is over, `plan` was made as if the
 * previous policy was on record.
 */
RecoveryPlan recovery_amend_plan(RecoveryPlan plan, TrialFinding finding, bool in_file);
