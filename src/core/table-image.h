/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * All that is needed to put our table back as a transaction made it: handed by the worker to the
 * guard whole, and never changed after that. Pure.
 */

#include "policy/facts.h"
#include "util/digest.h"

/* Above so many entries beyond those of the skeleton a repair begins with that, which is in the
 * kernel at once. */
#define TABLE_IMAGE_LARGE 1000

typedef struct TableImage {
        Policy policy; /* without the names of users: `facts` has their numbers */
        HostFacts facts;
        /* For a large one: the same for root, the MTAs and Mailman alone, closed for others. */
        Policy skeleton_policy;
        HostFacts skeleton;
        Digest digest;       /* of what the kernel lists */
        uint32_t generation; /* of the ruleset, when it was made */
} TableImage;

/* Copies. Return: 0 or -ENOMEM. */
WARN_UNUSED int table_image_new(const Policy *policy, const HostFacts *facts, TableImage **ret);
TableImage *table_image_free(TableImage *image);
DEFINE_CLEANUP(TableImage, table_image_free)

bool table_image_is_large(const TableImage *image);
