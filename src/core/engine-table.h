/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The one place where the worker changes our table, so that the guard knows of each such change. */

#include "core/engine.h"

/*
 * Bring the kernel to this, have it guarded from now on, and remember its digest. The caller has
 * the kernel's lock. Return: 0, or a negative errno; then the kernel holds what it held, or is
 * brought back by another call.
 */
WARN_UNUSED int engine_bring_table(
                Engine *engine, const Policy *policy, const HostFacts *facts, Failure *reterr);
