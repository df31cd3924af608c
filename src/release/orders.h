/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The meter's directory of messages that may go: a file for each, named as the message. Its owner
 * is not trusted: the names are all that is read, and none leads out of the directory.
 */

#include "util/macro.h"

#define ORDERS_MAX 400 /* that are taken at a time */

#define ORDER_ID_MAX 24 /* the longest is 23 bytes, and the NUL */

typedef struct Orders {
        char ids[ORDERS_MAX][ORDER_ID_MAX];
        size_t count;
        size_t refused; /* removed: no name of a message */
} Orders;

/* `parent` is a directory that only root can replace, `name` is in it. Symbolic links are not
 * followed. Return: a descriptor, or a negative errno. */
WARN_UNUSED int orders_open(const char *parent, const char *name);

/*
 * Take at most so many orders; they are removed from the directory before anything is done about
 * them. There may be more. Return: 0 or a negative errno; what was taken until then is in `ret`
 * all the same.
 */
WARN_UNUSED int orders_take(int dir_fd, size_t count_max, Orders *ret);
