/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "util/hash.h"

#define BUCKETS_MIN 64

static uint64_t rotate(uint64_t word, unsigned bits) {
        return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[static 4]) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
}

static void take(uint64_t v[static 4], uint64_t word) {
        v[3] ^= word;
        mix(v);
        mix(v);
        v[0] ^= word;
}

/* Little-endian, as the function is defined; up to eight bytes. */
static uint64_t read_word(const uint8_t *bytes, size_t size) {
        uint64_t word = 0;

        for (size_t i = 0; i < size; i++)
                word |= (uint64_t) bytes[i] << (8 * i);
        return word;
}

uint64_t hash_bytes(const HashKey *key, const void *data, size_t size) {
        const uint8_t *bytes = data;
        uint64_t v[4] = {
                key->words[0] ^ UINT64_C(0x736f6d6570736575),
                key->words[1] ^ UINT64_C(0x646f72616e646f6d),
                key->words[0] ^ UINT64_C(0x6c7967656e657261),
                key->words[1] ^ UINT64_C(0x7465646279746573),
        };
        size_t i;

        for (i = 0; i + 8 <= size; i += 8)
                take(v, read_word(bytes + i, 8));
        take(v, read_word(bytes + i, size - i) | (uint64_t) size << 56);

        v[2] ^= 0xff;
        for (size_t round = 0; round < 4; round++)
                mix(v);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_table_done(HashTable *table) {
        if (!table)
                return;

        free(table->buckets);
        *table = (HashTable){};
}

static HashNode **bucket_of(const HashTable *table, uint64_t hash) {
        return &table->buckets[hash & (table->allocated - 1)];
}

static int grow(HashTable *table) {
        HashTable larger = {
                .allocated = table->allocated > 0 ? 2 * table->allocated : BUCKETS_MIN,
                .count = table->count,
        };

        larger.buckets = calloc(larger.allocated, sizeof(*larger.buckets));
        if (!larger.buckets)
                return -ENOMEM;

        for (size_t i = 0; i < table->allocated; i++)
                for (HashNode *node = table->buckets[i]; node;) {
                        HashNode *next = node->next;
                        HashNode **bucket = bucket_of(&larger, node->hash);

                        node->next = *bucket;
                        *bucket = node;
                        node = next;
                }

        free(table->buckets);
        *table = larger;
        return 0;
}

int hash_table_add(HashTable *table, HashNode *node, uint64_t hash) {
        HashNode **bucket;

        if (table->count == table->allocated) {
                int r = grow(table);

                if (r < 0)
                        return r;
        }

        node->hash = hash;
        bucket = bucket_of(table, hash);
        node->next = *bucket;
        *bucket = node;
        table->count++;
        return 0;
}

void hash_table_remove(HashTable *table, HashNode *node) {
        HashNode **link = bucket_of(table, node->hash);

        while (*link != node)
                link = &(*link)->next;
        *link = node->next;
        table->count--;
}

static HashNode *find(HashNode *node, uint64_t hash) {
        while (node && node->hash != hash)
                node = node->next;
        return node;
}

HashNode *hash_table_first(const HashTable *table, uint64_t hash) {
        return table->allocated > 0 ? find(*bucket_of(table, hash), hash) : NULL;
}

HashNode *hash_table_next(const HashNode *node) {
        return find(node->next, node->hash);
}
