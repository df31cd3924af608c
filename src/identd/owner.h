/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which user of this host owns a connection? Asks the kernel; needs CAP_NET_ADMIN for the
 * connection tracking. For one thread.
 */

#include "util/netlink.h"
#include "util/tcp-connection.h"

typedef struct OwnerFinder {
        NetlinkSocket *conntrack; /* owned */
        NetlinkSocket *sockets;   /* owned */
} OwnerFinder;

enum {
        OWNER_E_UNKNOWN = 1, /* from elsewhere */
        OWNER_E_GONE,        /* from here, and nobody has it any more: its client has closed it */
};

/* Return: 0 or a negative errno. */
WARN_UNUSED int owner_finder_open(OwnerFinder *ret);
void owner_finder_done(OwnerFinder *finder);

/*
 * The user who made the client's socket. `arrived` is the connection as its server sees it, its
 * client the source. Return: 0, OWNER_E_*, a negative errno.
 */
WARN_UNUSED int owner_find(OwnerFinder *finder, const TcpConnection *arrived, uint32_t *ret_uid);
