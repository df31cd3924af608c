/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Things in an order, each of which can leave at any place: the ring's head is a link of its own,
 * before the first and behind the last. The things are the caller's. Pure. */

#include "util/macro.h"

typedef struct RingLink {
        struct RingLink *previous, *next;
} RingLink;

#define RING_ENTRY(item, type, member) ((type *) (void *) ((char *) (item) -offsetof(type, member)))

static inline void ring_init(RingLink *ring) {
        *ring = (RingLink){ ring, ring };
}

/* To its end. */
static inline void ring_append(RingLink *ring, RingLink *item) {
        *item = (RingLink){ ring->previous, ring };
        ring->previous->next = item;
        ring->previous = item;
}

static inline void ring_remove(RingLink *item) {
        item->previous->next = item->next;
        item->next->previous = item->previous;
}
