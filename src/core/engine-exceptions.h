/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Granting and taking back exceptions: the same transaction as converge() in its short form. Exim
 * has no part in it, policy.json and applied.json stay as they are, and exceptions.json is the
 * commit point. The kernel comes before the file: what is granted is in force within a moment, and
 * the answer waits for the disk. A crash between the two leaves a kernel that the next start brings
 * back to the file. Part of the engine; on its thread.
 */

#include "core/engine.h"

/* What exceptions.json says is in force as far as memory goes. A damaged file is logged and kept
 * in mind: it is never overwritten. */
void engine_read_exceptions(Engine *engine);

/* JOB_ADD_EXCEPTION. ret->id gets its id. Return: 0, or a negative errno with the reason. */
WARN_UNUSED int engine_add_exception(
                Engine *engine, const JobRequest *request, JobResult *ret, Failure *reterr);
/* JOB_REMOVE_EXCEPTION. */
WARN_UNUSED int engine_remove_exception(Engine *engine, const JobRequest *request, Failure *reterr);
