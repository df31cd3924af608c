/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "util/hash.h"

/* The vectors of the function's authors: key 00 01 .. 0f, data 00 01 02 ... */
static void test_hash_is_the_published_one(void) {
        static const HashKey key = { { UINT64_C(0x0706050403020100),
                                       UINT64_C(0x0f0e0d0c0b0a0908) } };
        static const uint8_t data[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };

        g_assert_cmphex(hash_bytes(&key, data, 0), ==, UINT64_C(0x726fdb47dd0e0e31));
        g_assert_cmphex(hash_bytes(&key, data, 8), ==, UINT64_C(0x93f5f5799a932462));
        g_assert_cmphex(hash_bytes(&key, data, 15), ==, UINT64_C(0xa129ca6149be45e5));
}

typedef struct Item {
        HashNode node;
        size_t number;
} Item;

static const Item *find(const HashTable *table, uint64_t hash, size_t number) {
        for (HashNode *node = hash_table_first(table, hash); node; node = hash_table_next(node))
                if (HASH_ENTRY(node, Item, node)->number == number)
                        return HASH_ENTRY(node, Item, node);

        return NULL;
}

static void test_what_was_added_is_found_until_it_is_removed(void) {
        CLEANUP(hash_table_done) HashTable table = {};
        CLEANUP(freep) Item *items = g_malloc0_n(10000, sizeof(Item));

        /* three of each hash */
        for (size_t i = 0; i < 10000; i++) {
                items[i].number = i;
                g_assert_cmpint(hash_table_add(&table, &items[i].node, i / 3), ==, 0);
        }
        for (size_t i = 0; i < 10000; i += 2)
                hash_table_remove(&table, &items[i].node);

        g_assert_cmpuint(table.count, ==, 5000);
        for (size_t i = 0; i < 10000; i++)
                g_assert_true(find(&table, i / 3, i) == (i % 2 == 0 ? NULL : &items[i]));
}

static void test_empty_table_has_nothing(void) {
        const HashTable table = {};

        g_assert_null(hash_table_first(&table, 0));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/hash/hash-is-the-published-one", test_hash_is_the_published_one);
        g_test_add_func("/hash/what-was-added-is-found-until-it-is-removed",
                        test_what_was_added_is_found_until_it_is_removed);
        g_test_add_func("/hash/empty-table-has-nothing", test_empty_table_has_nothing);

        return g_test_run();
}
