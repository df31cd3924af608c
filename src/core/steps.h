/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The steps of a transaction, in the order in which they run. Only converge.c puts them together.
 */

#include "core/transaction.h"

/* Each step returns 0, or a negative errno with *reterr set where it has words for it. */

/* Checking: nothing on the host changes. */
WARN_UNUSED int step_take_policy(Transaction *t, Failure *reterr);
WARN_UNUSED int step_read_exim(Transaction *t, Failure *reterr);
WARN_UNUSED int step_read_identity(Transaction *t, Failure *reterr);
WARN_UNUSED int step_find_problems(Transaction *t, Failure *reterr);
WARN_UNUSED int step_judge_verdicts(Transaction *t, Failure *reterr);
WARN_UNUSED int step_render_exim(Transaction *t, Failure *reterr);
WARN_UNUSED int step_render_meter(Transaction *t, Failure *reterr);
WARN_UNUSED int step_check_firewall(Transaction *t, Failure *reterr);
WARN_UNUSED int step_check_exim(Transaction *t, Failure *reterr);
WARN_UNUSED int step_preview(Transaction *t, Failure *reterr);

/* Changing: each leaves a state from which the next start, or converging back, finds the way. */
WARN_UNUSED int step_record(Transaction *t, Failure *reterr);
WARN_UNUSED int step_write_meter(Transaction *t, Failure *reterr);
WARN_UNUSED int step_apply_exim(Transaction *t, Failure *reterr);
WARN_UNUSED int step_reload_exim(Transaction *t, Failure *reterr);
WARN_UNUSED int step_apply_firewall(Transaction *t, Failure *reterr);
WARN_UNUSED int step_commit(Transaction *t, Failure *reterr);
WARN_UNUSED int step_remember(Transaction *t, Failure *reterr);
WARN_UNUSED int step_finish(Transaction *t, Failure *reterr);
