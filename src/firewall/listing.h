/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What libnftables lists of our table (libnftables-json(5)), read back: its digest, whether it
 * holds anything that is not ours. Pure. The listing is the kernel's and thus anybody's with
 * CAP_NET_ADMIN: an object that looks strange is not ours, never an assertion.
 */

#include <jansson.h>

#include "firewall/ruleset.h"
#include "util/digest.h"

typedef struct Listing {
        json_t *objects; /* owned: the array of {KIND: {...}} */
} Listing;

void listing_done(Listing *listing);

/* Return: 0, or -EBADMSG if it is no listing (the library's, so a surprise). */
WARN_UNUSED int listing_parse(const char *text, Listing *ret);

/*
 * Was the listing made while the kernel moved a large set's elements about (it resizes its hash
 * table in the background, some 100 ms after a batch)? Then some elements are missing and as many
 * are there twice; list again.
 */
bool listing_is_torn(const Listing *listing);

/* Is every object one that ruleset_render() makes for this plan, sets of the right type? */
bool listing_is_ours(const Listing *listing, const RulesetPlan *plan);

/*
 * Put into a listing without elements (NFT_CTX_OUTPUT_TERSE) those that the plan's batch has
 * brought in, so that its digest is that of a whole one. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int listing_add_elements(Listing *listing, const RulesetPlan *plan);

/*
 * Do the sets of exceptions hold what the plan says, each element for as long as it should, give or
 * take some seconds? One that has expired may be there or not. Of a listing with all elements.
 * Return: 1, 0, -ENOMEM.
 */
WARN_UNUSED int listing_has_exceptions(
                const Listing *listing, const RulesetPlan *plan, uint64_t now_usec);

/* The one member of {KIND: {...}}. NULL if it is something else. */
json_t *listing_object(json_t *object, const char **ret_kind);

/*
 * Digest of all that does not move by itself: without handles, values of counters, the contents of
 * sets whose elements end by themselves, and the library's version. Changes the listing. Return: 0
 * or -ENOMEM.
 */
WARN_UNUSED int listing_digest(Listing *listing, Digest *ret);
