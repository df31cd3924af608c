/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Answers that are longer than the screen, through $PAGER or less. */

#include "util/macro.h"

/* Whether these bytes are more lines than the terminal has, and a pager is wanted: standard output
 * is a terminal, and $PAGER is neither empty nor cat. */
bool pager_is_wanted(const char *data, size_t size);

/* Show them, and wait for the end of the pager. Return: 0, or a negative errno if there is none,
 * and nothing was shown. */
WARN_UNUSED int pager_show(const char *data, size_t size);
