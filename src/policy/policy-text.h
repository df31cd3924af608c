/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * policy.json: a policy as canonical JSON and back. Pure. Canonical: four blanks of indentation,
 * keys in the order of the contract, lists sorted, one final newline, keys that are unset left out.
 * Reading takes any JSON object that holds only known keys, in any order; what is missing is a
 * default.
 */

#include <jansson.h>

#include "policy/json-position.h"
#include "policy/policy.h"

#define POLICY_TEXT_VERSION 1 /* "Version", the major version of the format */
#define POLICY_TEXT_SIZE_MAX                                                                       \
        ((size_t) 32 * 1024 * 1024) /* 50,000 names of 256 bytes, each byte escaped, and the rest  \
                                     */

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int policy_to_text(const Policy *policy, char **ret_text, size_t *ret_size);

enum {
        POLICY_TEXT_E_INVALID = 1, /* reterr_where says where, reterr what */
        POLICY_TEXT_E_NEWER,       /* a newer major version than this program knows */
};

/*
 * Read, check every key and bound, and the rules between keys (policy_check()). Names are not
 * looked up. `reterr` gets UnknownKey, InvalidValue, ... with a text that holds neither line nor
 * column; those are in *reterr_where. Return: 0, POLICY_TEXT_E_*, -ENOMEM.
 */
WARN_UNUSED int policy_from_text(
                const char *text,
                size_t size,
                Policy *ret,
                TextPosition *reterr_where,
                Failure *reterr);

/* The same as a JSON value, to be put into applied.json. The caller owns the reference. NULL when
 * out of memory. */
json_t *policy_to_json(const Policy *policy);
/* Return: 0; -EINVAL with the reason (the path of the key is in its text); -ENOMEM. */
WARN_UNUSED int policy_from_json(const json_t *json, Policy *ret, Failure *reterr);
