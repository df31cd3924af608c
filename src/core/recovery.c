/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/recovery.h"

/* policy.json is good. Is it what was committed, or did somebody edit it? */
static RecoveryTarget target_of_valid_file(
                const Digest *file_digest,
                const Applied *applied,
                const Pending *pending,
                bool *ret_pending) {
        *ret_pending = false;

        if (applied && digest_equal(file_digest, &applied->policy_digest))
                return RECOVERY_FILE;

        /* the crash came between the commit and applied.json */
        if (pending && digest_equal(file_digest, &pending->new_digest)) {
                *ret_pending = true;
                return RECOVERY_FILE;
        }

        return RECOVERY_EDIT;
}

RecoveryPlan recovery_plan(
                PolicyFileState file,
                const Digest *file_digest,
                const Applied *applied,
                const Pending *pending) {
        RecoveryPlan plan = { .reload_owed = pending && pending->reload_owed };

        switch (file) {
        case POLICY_FILE_VALID:
                plan.target = target_of_valid_file(
                                file_digest, applied, pending, &plan.pending_verdicts);
                return plan;

        case POLICY_FILE_MISSING:
                /* before the first change, or in it */
                if (!applied || applied->policy_digest.hex[0] == 0) {
                        plan.target = applied ? RECOVERY_APPLIED : RECOVERY_DEFAULT;
                        return plan;
                }
                plan.problem = PROBLEM_POLICY_FILE_MISSING;
                break;

        case POLICY_FILE_INVALID:
                plan.problem = PROBLEM_POLICY_FILE_INVALID;
                break;

        case POLICY_FILE_NEWER:
                plan.problem = PROBLEM_POLICY_FILE_NEWER;
                break;
        }

        /* A bad file never opens the server. */
        plan.problem_set = true;
        plan.target = applied ? RECOVERY_APPLIED : RECOVERY_NOTHING;
        return plan;
}

RecoveryPlan recovery_amend_plan(RecoveryPlan plan, TrialFinding finding, bool in_file) {
        if (finding == TRIAL_OVER && in_file) {
                plan.target = RECOVERY_PREVIOUS;
                plan.pending_verdicts = false;
        }
        if (finding == TRIAL_OPEN && plan.target == RECOVERY_EDIT) {
                plan.target = RECOVERY_APPLIED;
                plan.problem_set = true;
                plan.problem = PROBLEM_POLICY_FILE_CHANGED;
        }

        return plan;
}
