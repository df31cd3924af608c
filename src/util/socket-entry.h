/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the kernel says of one TCP socket (sock_diag(7)), and how to ask for it. Pure. */

#include <linux/netlink.h>

#include "util/netlink.h"
#include "util/tcp-connection.h"

#define SOCKET_STATE(state) (UINT32_C(1) << (state)) /* of <netinet/tcp.h> */

#define SOCKET_STATES_LISTENING SOCKET_STATE(TCP_LISTEN)
/* Those in which data may flow (established and half closed). */
#define SOCKET_STATES_CONNECTED                                                                    \
        (SOCKET_STATE(TCP_ESTABLISHED) | SOCKET_STATE(TCP_FIN_WAIT1) |                             \
         SOCKET_STATE(TCP_FIN_WAIT2) | SOCKET_STATE(TCP_CLOSE_WAIT))

typedef struct SocketEntry {
        sa_family_t family;     /* AF_INET or AF_INET6; a v4-mapped peer is given as AF_INET */
        uint8_t state;          /* TCP_LISTEN, ... */
        struct in6_addr local;  /* IPv4: in the first four bytes */
        struct in6_addr remote; /* likewise */
        uint16_t local_port;    /* host byte order */
        uint16_t remote_port;   /* host byte order */
        uint32_t interface;     /* index of the one it is bound to; 0: any */
        bool v6_only;           /* listening, AF_INET6: takes no IPv4 */
        uint32_t uid;           /* of the process that made the socket; 0 if inode is 0 */
        uint32_t inode;         /* 0: the socket has no file any more */
        uint64_t cgroup_id;     /* inode of the cgroup's directory; 0 where the kernel does not say
                                   (before 5.9) */
} SocketEntry;

/* Ask for all sockets of a family in these states. */
void socket_entry_ask_all(sa_family_t family, uint32_t states, NetlinkRequest *ret);

/*
 * Ask for the socket at the source end of a connection, if it is bound to no interface or to that
 * with this index (0: to none). Where there is no such connection the kernel answers with a
 * listener on the source's port: see socket_entry_is_end_of().
 */
void socket_entry_ask_one(const TcpConnection *connection, uint32_t interface, NetlinkRequest *ret);

/* Ask for all sockets of a family that have the connection's ports, whatever they are bound to. The
 * kernel looks at each socket for that: slow. */
void socket_entry_ask_ports(
                sa_family_t family, const TcpConnection *connection, NetlinkRequest *ret);

/* The message is whole (mnl_nlmsg_ok()). Return: whether it tells of a socket. */
bool socket_entry_decode(const struct nlmsghdr *message, SocketEntry *ret);

/* Is it the source end of the connection, in a state in which data may flow? */
bool socket_entry_is_end_of(const SocketEntry *entry, const TcpConnection *connection);
