/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who is at the other end of a Unix socket. */

#include <sys/types.h>

#include "util/macro.h"

/* The user who connected, by the kernel's word. Return: 0 or a negative errno. */
WARN_UNUSED int peer_read_uid(int fd, uid_t *ret);

/*
 * Whom we have told of already: so many users, and then nobody any more. A log that grows with each
 * new user could be flooded.
 */
#define TOLD_UIDS_MAX 64

typedef struct ToldUids {
        uid_t uids[TOLD_UIDS_MAX];
        size_t count;
} ToldUids;

/* Return: whether to tell of him, which is once. */
bool told_uids_add(ToldUids *told, uid_t uid);
