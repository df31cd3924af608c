/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The answer of Status. Fast whatever the size of the policy: counts, never lists of users.
 */

#include "bus/public-state.h"

/* a{sv}; `complete`: also what only who may inspect is told. Return: 0 or a negative errno. */
WARN_UNUSED int status_append(
                sd_bus_message *m,
                const PublicState *state,
                const Snapshot *snapshot,
                const LiveState *live,
                bool complete);
