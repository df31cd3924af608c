/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What time is it? */

#include <time.h>

#include "util/macro.h"

/* Microseconds of a clock that every kernel has (CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME):
 * for those it cannot fail. */
uint64_t now_read_usec(clockid_t clock);

/* Seconds since 1970, as time stamps of logs and what is on disk have them. */
static inline int64_t now_read_sec(void) {
        return (int64_t) (now_read_usec(CLOCK_REALTIME) / USEC_PER_SEC);
}
