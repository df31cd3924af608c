/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "util/array.h"

#define COUNT 1000

static void test_appended_items_stay_and_few_calls_move_them(void) {
        CLEANUP(freep) uint32_t *items = NULL;
        size_t allocated = 0;
        unsigned moves = 0;

        for (uint32_t i = 0; i < COUNT; i++) {
                size_t before = allocated;

                g_assert_cmpint(ARRAY_MAKE_ROOM(&items, &allocated, i + (size_t) 1), ==, 0);
                g_assert_cmpuint(allocated, >, i);
                moves += allocated != before;
                items[i] = i;
        }

        for (uint32_t i = 0; i < COUNT; i++)
                g_assert_cmpuint(items[i], ==, i);
        g_assert_cmpuint(moves, <=, 10);
}

static void test_room_for_many_is_made_at_once(void) {
        CLEANUP(freep) uint64_t *items = NULL;
        size_t allocated = 0;

        g_assert_cmpint(ARRAY_MAKE_ROOM(&items, &allocated, COUNT), ==, 0);
        items[COUNT - 1] = 1;
        g_assert_cmpuint(allocated, >=, COUNT);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/array/appended-items-stay-and-few-calls-move-them",
                        test_appended_items_stay_and_few_calls_move_them);
        g_test_add_func("/array/room-for-many-is-made-at-once", test_room_for_many_is_made_at_once);
        return g_test_run();
}
