/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The names that Exim gives to messages: 1xUK9t-0002H3-2M, since 4.97 1xUK9t-00000000H3k-2M2m. They
 * become names of files and arguments of a program, so nothing else passes. Pure. */

#include "util/macro.h"

#define MESSAGE_ID_MAX  23
#define MESSAGE_ID_SIZE (MESSAGE_ID_MAX + 1) /* with the NUL */

bool message_id_is_valid(const char *id, size_t size);
