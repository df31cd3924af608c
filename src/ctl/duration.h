/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Durations as people type and read them. Pure. */

#include "util/macro.h"

/* Seconds, or a number with s, m, h or d behind it: 90, 90s, 30m, 2h, 1d. Return: 0, -EINVAL, or
 * -ERANGE if it does not fit. */
WARN_UNUSED int duration_parse(const char *string, uint32_t *ret);

/* In its two largest units: "2 d 3 h", "29 min 5 s", "7 s". The caller frees. NULL when out of
 * memory. */
char *duration_describe(uint64_t seconds);
