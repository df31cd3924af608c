/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Text that is safe to show and to put into a file of ours: valid UTF-8 (RFC 3629) without control
 * characters, neither C0, DEL nor C1. Pure.
 */

#include "util/macro.h"

enum { PLAIN_TEXT_E_CONTROL = 1, PLAIN_TEXT_E_NOT_UTF8 };

/* Return: 0 or PLAIN_TEXT_E_*, whichever comes first in the string. */
WARN_UNUSED int plain_text_check(const char *string);
