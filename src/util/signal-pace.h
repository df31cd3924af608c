/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How often signals of one kind may be sent: some at once, and then so many a second. Pure. */

#include "util/macro.h"

#define SIGNALS_AT_ONCE    20
#define SIGNALS_PER_SECOND 5

/* Begins as {}. */
typedef struct SignalPace {
        uint64_t full_usec; /* when all of SIGNALS_AT_ONCE may be sent again */
        uint64_t kept_back;
} SignalPace;

/* Return: may one be sent at that time (CLOCK_MONOTONIC)? Then *ret_kept_back is how many were not,
 * since the last one. */
bool signal_pace_take(SignalPace *pace, uint64_t now_usec, uint64_t *ret_kept_back);
