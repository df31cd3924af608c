/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * policy.json as it is found: a file that anybody with root may have written. Whatever it holds,
 * reading it gives an answer, and what is wrong with it with line and column.
 */

#include "core/recovery.h"
#include "core/store.h"
#include "policy/policy-text.h"

/* What policy.json says. */
typedef struct PolicyFile {
        PolicyFileState state;
        Digest digest;      /* of its bytes; empty when it is missing or could not be read */
        Policy policy;      /* only if it is valid */
        TextPosition where; /* if it is invalid; line 0: not a matter of a place */
        Failure failure; /* if it is invalid or newer: what is wrong, with path, line and column */
} PolicyFile;

void policy_file_done(PolicyFile *file);

/* Return: 0 whatever the file is like, or -ENOMEM. */
WARN_UNUSED int policy_file_read(const Store *store, PolicyFile *ret);
