/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Values that policy.json and applied.json share, as JSON and back, with every bound checked. Pure.
 *
 * Readers return 0; -EINVAL with InvalidValue naming the key; -ENOMEM. After -EINVAL, `path` leads
 * to what is wrong; otherwise it is as it was.
 */

#include <jansson.h>

#include "policy/json-position.h"
#include "policy/policy.h"

/* Set InvalidValue: "KEY: is not WHAT". Always returns -EINVAL. */
int json_refuse_type(const char *key, const char *what, Failure *reterr);

WARN_UNUSED int json_read_boolean(const json_t *json, const char *key, bool *ret, Failure *reterr);
/* Of one name of a list: policy_check_name() and its like. */
typedef int (*JsonNameCheck)(const char *key, const char *name, Failure *reterr);

/* An array of names. Sorted and unique when read. */
WARN_UNUSED int json_read_names(
                const json_t *json,
                const char *key,
                size_t count_max,
                JsonNameCheck check,
                StringList *ret,
                JsonPath *path,
                Failure *reterr);
/* An object {"25": "redirect", ...}. */
WARN_UNUSED int json_read_port_verdicts(
                const json_t *json, PortVerdicts *ret, JsonPath *path, Failure *reterr);

/* The caller owns the reference. NULL when out of memory. */
json_t *json_from_names(const StringList *names);
json_t *json_from_port_verdicts(const PortVerdicts *verdicts);
