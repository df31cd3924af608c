/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The clocks that a deadline is measured by, read together. The real time is what people mean and
 * what survives a reboot, but anybody may set it; the time since boot, suspended time included,
 * only moves forward, but means nothing in another boot.
 */

#include "util/macro.h"

#define BOOT_ID_SIZE 33 /* 32 hex digits and NUL */

typedef struct Clock {
        uint64_t realtime_usec;
        uint64_t boottime_usec;
        char boot_id[BOOT_ID_SIZE]; /* empty: not known, as if it were another boot each time */
} Clock;

void clock_read(Clock *ret);
/* The real time alone. */
uint64_t clock_now_usec(void);
