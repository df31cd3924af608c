/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which files hold edits of ours although nothing may lead to them any more: files that Exim's main
 * file includes, or included once. Kept in exim-files in the state directory, one path a line.
 */

#include "core/engine.h"

/* What is no path is passed over. Return: 0, or a negative errno. */
WARN_UNUSED int exim_files_read(const Store *store, StringList *ret);

/* At the engine's start. Logs: without it what is included now is known all the same. */
void exim_files_load(Engine *engine);

/* These, from now on, durably; the list must be sorted, and is taken. Return: 0, or a negative
 * errno with StorageFailed. */
WARN_UNUSED int exim_files_remember(Engine *engine, StringList *files, Failure *reterr);

/* exim_facts_read() with them: *ret is set as far as possible after a failure, too. */
WARN_UNUSED int engine_read_exim(
                const Engine *engine, uint64_t deadline_usec, EximFacts *ret, Failure *reterr);
