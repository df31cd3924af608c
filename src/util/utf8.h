/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Texts from Exim, its files and the system may hold any byte; a string on the bus and in JSON must
 * be UTF-8, or the whole reply or file is lost. Pure.
 */

#include "util/macro.h"

/* Bytes of the valid character at the start of a string, 1 for its end; 0 if there is none. */
size_t utf8_character_size(const char *string);

/* A copy in which each byte that is part of no valid character is a question mark. The caller
 * frees. NULL when out of memory. */
char *utf8_make_valid(const char *string);
