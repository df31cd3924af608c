/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Attempts, for the engine: the kernel counts, here is what it does not remember. Part of the
 * engine; on its thread.
 */

#include "core/engine.h"

/* JOB_LIST_ATTEMPTS. Return: 0, or a negative errno with the reason. */
WARN_UNUSED int engine_list_attempts(
                Engine *engine, const JobRequest *request, JobResult *ret, Failure *reterr);
/* JOB_RESET_ATTEMPTS. */
WARN_UNUSED int engine_reset_attempts(Engine *engine, const JobRequest *request, Failure *reterr);

/* For the next boot, if anything is counted now. Logs its failures. */
void engine_save_attempts(Engine *engine);

/* If the last batch made a table where there was none: put back what was saved. *generation: that
 * of the batch, which follows. */
void engine_restore_attempts(Engine *engine, uint32_t *generation);

/* At the start, before the recovery: since when they try. */
void engine_read_attempts(Engine *engine);

/* These users began then, or earlier if that is known. */
void engine_note_attempts(Engine *engine, const AttemptBook *fresh);
