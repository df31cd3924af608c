/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Numbers from text, strictly: digits only, no sign, no blanks, no octal. Pure. */

#include "util/macro.h"

/* Return: 0, -EINVAL if it is no decimal number, -ERANGE if it is above max. */
WARN_UNUSED int parse_u64(const char *string, uint64_t max, uint64_t *ret);
WARN_UNUSED int parse_u32(const char *string, uint32_t max, uint32_t *ret);

/* A TCP port, 1 to 65535. */
WARN_UNUSED int parse_port(const char *string, uint16_t *ret);
