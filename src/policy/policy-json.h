/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between policy-text.c and policy-json.c: the reader of policy-text.h, which says where it failed.
 * Pure. */

#include <jansson.h>

#include "policy/json-position.h"
#include "policy/policy.h"

/* Return: 0; POLICY_TEXT_E_NEWER or -EINVAL, `path` leads to the fault then; -ENOMEM. */
WARN_UNUSED int policy_read_json(const json_t *json, Policy *ret, JsonPath *path, Failure *reterr);
