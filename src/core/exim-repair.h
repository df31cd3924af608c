/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the engine does when somebody else has changed Exim's files, and when a change had to do
 * without them. */

#include "core/engine.h"

/*
 * Look whether something of ours is lost. Lost edits are put back, or only reported; an edited
 * block is reported; all else is passed over in silence. Return: 0, or a negative errno with the
 * reason.
 */
WARN_UNUSED int engine_repair_exim(
                Engine *engine, bool report_only, ForeignChangeOutcome *ret, Failure *reterr);

/* Bring Exim what the last convergence had to leave undone. Return: 0, also if that is still so,
 * or a negative errno with the reason. */
WARN_UNUSED int engine_retry_exim(Engine *engine, Failure *reterr);
