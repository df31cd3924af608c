/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the kernel tells of changes of the ruleset (NFNLGRP_NFTABLES), one message at a time: was
 * our table touched, how, and by whom? A commit is a row of messages that ends with its generation.
 * Pure.
 */

#include <linux/netlink.h>

#include "util/macro.h"

#define PROCESS_NAME_SIZE 16 /* the kernel's names of threads, with NUL */

/* What commits have done to our table. */
typedef struct TableDamage {
        bool any;
        bool removed;        /* the table itself was */
        bool elements_only;  /* nothing but elements of sets came or went */
        bool unsure;         /* messages were lost: somebody may have done anything to it */
        uint32_t generation; /* that of the last commit which touched it */
        uint32_t pid;        /* who made that commit; as the host's first pid namespace has it */
        char process[PROCESS_NAME_SIZE]; /* and the name of that thread; any bytes but NUL */
} TableDamage;

/* Is `generation` a later one than `before`? They wrap round. */
static inline bool generation_is_later(uint32_t generation, uint32_t before) {
        return (int32_t) (generation - before) > 0;
}

/* Zero-initialized: nothing was read. */
typedef struct TableEvents {
        TableDamage commit; /* by the commit whose messages are being read */
} TableEvents;

/* Messages were lost, and with them perhaps the beginning or the end of a commit. */
void table_events_lose(TableEvents *events, TableDamage *damage);

/* Read a message. One that ends a commit later than `since` adds what that did to *damage. */
void table_events_read(
                TableEvents *events,
                const struct nlmsghdr *message,
                uint32_t since,
                TableDamage *damage);
