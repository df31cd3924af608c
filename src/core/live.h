/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What can change without us: the kernel's table, who listens. Read at the time of the call,
 * cheaply; while nobody has changed any rule of this network namespace the table itself is not
 * listed.
 */

#include "core/manager.h"

typedef struct Live Live;

WARN_UNUSED int live_new(Live **ret);
Live *live_free(Live *live);
DEFINE_CLEANUP(Live, live_free)

/* Return: 0 or a negative errno. */
WARN_UNUSED int live_read(Live *live, const Snapshot *snapshot, LiveState *ret);
