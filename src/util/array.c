/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "util/array.h"

#define ITEMS_MIN 8

int array_make_room(void *items, size_t item_size, size_t *allocated, size_t wanted) {
        size_t room = MAX_OF(MAX_OF(wanted, *allocated * 2), (size_t) ITEMS_MIN);
        void *array, *larger;

        if (wanted <= *allocated)
                return 0;

        memcpy(&array, items, sizeof(array)); /* a pointer of whatever type */
        larger = reallocarray(array, room, item_size);
        if (!larger)
                return -ENOMEM;

        memcpy(items, &larger, sizeof(larger));
        *allocated = room;
        return 0;
}
