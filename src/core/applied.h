/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * applied.json: what is in force. The policy, the digest of the policy.json that it came from, and
 * the host facts as numbers, so that the boot loader can render the ruleset from this file alone.
 * Written after the commit. Pure.
 */

#include "core/last-change.h"
#include "policy/facts.h"
#include "util/digest.h"

#define APPLIED_VERSION  1
#define APPLIED_SIZE_MAX ((size_t) 64 * 1024 * 1024)

typedef struct Applied {
        Policy policy;
        Digest policy_digest; /* empty: there was no policy.json */
        HostFacts facts;
        uint64_t generation; /* grows by one with each change */
        LastChange last_change;
} Applied;

/* All defaults, generation 0. */
void applied_init(Applied *applied);
void applied_done(Applied *applied);
WARN_UNUSED int applied_copy(const Applied *applied, Applied *ret);

/* The caller owns the reference. NULL when out of memory. */
json_t *applied_to_json(const Applied *applied);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int applied_from_json(const json_t *json, Applied *ret, Failure *reterr);

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int applied_to_text(const Applied *applied, char **ret_text, size_t *ret_size);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int applied_from_text(const char *text, size_t size, Applied *ret, Failure *reterr);
