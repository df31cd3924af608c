/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The TCP sockets of this network namespace, IPv4 and IPv6, from the kernel (sock_diag(7), by
 * libmnl). Needs no capability. Blocks shortly; bounded by SOCKET_LIST_MAX.
 */

#include "util/socket-entry.h"

#define SOCKET_LIST_MAX 1000000

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
