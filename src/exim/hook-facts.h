/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Ask Exim about its configuration as it is without our hooks, for exim_hooks_render(). */

#include "exim/edits.h"
#include "exim/hooks.h"

/*
 * `plain` are edits without hooks: in Debian's layouts of the one file that limits are set in, else
 * of those files that would change. Nothing that Exim uses changes. Return: 0; or a negative errno
 * with EximConfigInvalid, EximBlockedByMacro or StorageFailed.
 */
WARN_UNUSED int exim_hook_facts_read(
                const EximFacts *facts, EximEdits *plain, EximHookFacts *ret, Failure *reterr);
