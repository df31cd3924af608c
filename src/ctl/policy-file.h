/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The policy as a file, in the form of policy.json (smtp-restrictions-policy(5)): what `export`
 * prints and `apply` takes. As with arguments, only the form is judged here. Pure.
 */

#include "ctl/arguments.h"

#define POLICY_FILE_SIZE_MAX (16 * 1024 * 1024) /* bytes, as the service's own */

/* Return: 0; -EINVAL with a text that names the key, or line and column; -ENOMEM. */
WARN_UNUSED int policy_file_read(const char *text, size_t size, Change *ret, Failure *reterr);

/* The same of what was read already. */
WARN_UNUSED int policy_file_from_json(json_t *root, Change *ret, Failure *reterr);

/* `policy` is GetPolicy's answer. The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int policy_file_write(const json_t *policy, char **ret_text, size_t *ret_size);
