/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How often is our table put back? At once, the first times; whoever takes it away again and again
 * means it, or is a program that will not stop, and is fought less and less often. The same for a
 * repair that fails. Pure: the time is a parameter.
 */

#include "util/macro.h"

#define GUARD_PACE_BURST          10U          /* repairs without a pause */
#define GUARD_PACE_PAUSE_USEC     USEC_PER_SEC /* the first one, doubled each time */
#define GUARD_PACE_PAUSE_MAX_USEC (60 * USEC_PER_SEC)
/* So long without a repair, and all is forgotten. */
#define GUARD_PACE_CALM_USEC (120 * USEC_PER_SEC)

/* Zero-initialized: nothing was repaired. All times are of one monotonic clock. */
typedef struct GuardPace {
        unsigned repairs; /* the next of which follows within the time of calm */
        uint64_t last_usec;
} GuardPace;

/* When may damage that is there now be repaired? */
uint64_t guard_pace_due(const GuardPace *pace, uint64_t now_usec);

/* It was, or could not be. */
void guard_pace_note(GuardPace *pace, uint64_t now_usec, bool failed);

/* Is somebody at it again and again? */
bool guard_pace_is_contested(const GuardPace *pace, uint64_t now_usec);

/* When that will be over, if nothing happens; only to be asked while it is so. */
uint64_t guard_pace_calm_at(const GuardPace *pace);
