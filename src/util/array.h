/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Arrays that grow at their end. Pure. */

#include "util/macro.h"

/*
 * Room for so many items in all, and then for more than that, so that appending one after the other
 * takes linear time. `items` is the address of the pointer to them, `allocated` that of how many
 * there is room for; both are zero of an array that has none. Return: 0, or -ENOMEM with the array
 * as it was.
 */
#define ARRAY_MAKE_ROOM(items, allocated, wanted)                                                  \
        array_make_room((items), sizeof(**(items)), (allocated), (wanted))

WARN_UNUSED int array_make_room(void *items, size_t item_size, size_t *allocated, size_t wanted);
