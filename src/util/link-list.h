/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The network interfaces of this network namespace, and which of them forward what comes in there,
 * from the kernel (rtnetlink(7), by libmnl): /proc/sys may be out of reach. Needs no capability;
 * bounded by LINK_LIST_MAX.
 */

#include <net/if.h>

#include "util/macro.h"

#define LINK_LIST_MAX  65536
#define LINK_KIND_SIZE 16 /* with NUL; a longer one is cut */

typedef struct LinkEntry {
        int index;
        char name[IF_NAMESIZE];
        char kind[LINK_KIND_SIZE]; /* "bridge", "veth", ...; "" for a device that is no software */
        bool running;              /* it is up, and something is at its other end */
        bool enslaved;             /* a port of a bridge, a part of a bond */
        bool forwards;             /* packets of IPv4 or IPv6 */
} LinkEntry;

typedef struct LinkList {
        LinkEntry *items; /* owned; sorted by name */
        size_t count;
        size_t allocated;
} LinkList;

void link_list_done(LinkList *list);

/* Return: 0, -E2BIG above LINK_LIST_MAX, another negative errno. */
WARN_UNUSED int link_list_read(LinkList *ret);
