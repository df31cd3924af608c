/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A table of things that strangers name: the hash is keyed (SipHash-2-4), so nobody can choose
 * names that all fall on one another. The things are the caller's, each has a HashNode in it.
 */

#include "util/macro.h"

typedef struct HashKey {
        uint64_t words[2]; /* random */
} HashKey;

uint64_t hash_bytes(const HashKey *key, const void *data, size_t size);

typedef struct HashNode {
        struct HashNode *next;
        uint64_t hash;
} HashNode;

/* Zero-initialized is empty. */
typedef struct HashTable {
        HashNode **buckets; /* owned; the nodes are not */
        size_t allocated;   /* a power of two, or 0 */
        size_t count;
} HashTable;

/* The caller has taken care of the nodes. */
void hash_table_done(HashTable *table);

/* Return: 0 or -ENOMEM. */
WARN_UNUSED int hash_table_add(HashTable *table, HashNode *node, uint64_t hash);
/* It must be there. */
void hash_table_remove(HashTable *table, HashNode *node);

/* The first with that hash, and the next one; the caller compares what is behind it. */
HashNode *hash_table_first(const HashTable *table, uint64_t hash);
HashNode *hash_table_next(const HashNode *node);

#define HASH_ENTRY(node, type, member) ((type *) (void *) ((char *) (node) -offsetof(type, member)))
