/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Word for smtp-restrictions-release, which may do what this program may not: a file in a directory
 * of /run for each message, of its name. Nothing depends on it: any run of Exim's queue asks what
 * may go, and what is to be removed is named again.
 */

#include "util/macro.h"

typedef enum OrderKind {
        ORDER_RELEASE, /* have Exim try it */
        ORDER_DISCARD, /* have Exim remove it */
        _ORDER_KIND_MAX,
} OrderKind;

/* Before orders_open(): all negative. */
typedef struct Orders {
        int dir_fds[_ORDER_KIND_MAX]; /* owned */
} Orders;

/* Makes the directories. Logs what fails. Return: 0 or a negative errno. */
WARN_UNUSED int orders_open(Orders *orders, const char *runtime_dir);
void orders_done(Orders *orders);

void orders_give(const Orders *orders, OrderKind kind, const char *id);
