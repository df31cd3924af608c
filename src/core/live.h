/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What can change without us: the kernel's table, who listens. Read at the time of the call,
 * cheaply; what is in the table the guard knows, which hears of every change.
 */

#include "core/manager.h"
#include "core/table-guard.h"

typedef struct Live Live;

/* The guard must outlive it. */
WARN_UNUSED int live_new(TableGuard *guard, Live **ret);
Live *live_free(Live *live);
DEFINE_CLEANUP(Live, live_free)

/* Return: 0 or a negative errno. */
WARN_UNUSED int live_read(Live *live, const Snapshot *snapshot, LiveState *ret);
