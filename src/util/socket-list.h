/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The TCP sockets of this network namespace, IPv4 and IPv6, from the kernel (sock_diag(7), by
 * libmnl). Needs no capability. Blocks shortly; bounded by SOCKET_LIST_MAX.
 */

#include <netinet/in.h>

#include "util/macro.h"

#define SOCKET_LIST_MAX 1000000

typedef struct SocketEntry {
        sa_family_t family;     /* AF_INET or AF_INET6; a v4-mapped peer is given as AF_INET */
        struct in6_addr local;  /* IPv4: in the first four bytes */
        struct in6_addr remote; /* likewise */
        uint16_t local_port;    /* host byte order */
        uint16_t remote_port;   /* host byte order */
        uint32_t interface;     /* index of the one it is bound to; 0: any */
        bool v6_only;           /* listening, AF_INET6: takes no IPv4 */
        uint32_t uid;           /* of the process that made the socket */
        uint32_t inode;         /* 0: the socket has no file any more */
        uint64_t cgroup_id;     /* inode of the cgroup's directory; 0 where the kernel does not say
                                   (before 5.9) */
} SocketEntry;

typedef struct SocketList {
        SocketEntry *items; /* owned */
        size_t count;
        size_t allocated;
} SocketList;

void socket_list_done(SocketList *list);

/* Return: 0, -E2BIG above SOCKET_LIST_MAX, another negative errno. */
WARN_UNUSED int socket_list_read_listening(SocketList *ret);
/* Connections in which data may flow (established and half closed). */
WARN_UNUSED int socket_list_read_connected(SocketList *ret);

/* Is anything listening on the port, where a connection to loopback of that family would arrive? */
bool socket_list_has_loopback_listener(
                const SocketList *listening, sa_family_t family, uint16_t port);
