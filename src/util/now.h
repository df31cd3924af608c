/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What time is it? */

#include <time.h>

#include "util/macro.h"

/* Microseconds of a clock that every kernel has (CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME):
 * for those it cannot fail. */
uint64_t now_read_usec(clockid_t clock);
