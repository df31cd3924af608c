/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Jansson with this project's ways of failing: text to value and back. CLEANUP() takes its
 * json_decrefp(). Pure.
 */

#include <jansson.h>

#include "util/failure.h"

/* One JSON value, no key twice, nothing behind it. Return: 0; -EINVAL with "line L, column C:
 * what". */
WARN_UNUSED int json_from_text(const char *text, size_t size, json_t **ret, Failure *reterr);

/* With one final newline; the caller frees. `flags` are json_dumps()'s. Return: 0 or -ENOMEM. */
WARN_UNUSED int json_to_text(const json_t *json, size_t flags, char **ret_text, size_t *ret_size);
