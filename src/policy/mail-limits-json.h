/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Mail limits as JSON and back, as policy.json and meter.json have them. Pure. */

#include <jansson.h>

#include "policy/json-position.h"
#include "policy/mail-limits.h"

/* An object of those that are set. The caller owns the reference. NULL when out of memory. */
json_t *mail_limits_to_json(const MailLimits *limits);

/*
 * One limit into `limits`, which does not have it yet. Return: 0; -EINVAL with InvalidValue naming
 * the key, and `path` leading to what is wrong; -ENOMEM.
 */
WARN_UNUSED int mail_limits_read_json_value(
                const json_t *json,
                MailLimit limit,
                MailLimits *limits,
                JsonPath *path,
                Failure *reterr);

/* An object of them. The same, or -EINVAL with UnknownKey. */
WARN_UNUSED int mail_limits_read_json(
                const json_t *json, MailLimits *limits, JsonPath *path, Failure *reterr);
