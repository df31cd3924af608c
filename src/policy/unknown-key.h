/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The one text for a key that this version does not know, of a policy or of mail limits. Pure. */

#include "util/failure.h"

typedef struct KeyTable {
        const char *(*name)(size_t i); /* of the keys that exist */
        size_t count;
} KeyTable;

/* Set UnknownKey, naming the key and those that exist. Always returns -EINVAL. */
int unknown_key_refuse(const char *key, const KeyTable *table, Failure *reterr);
