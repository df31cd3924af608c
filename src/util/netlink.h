/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A question to the kernel over netlink and all of its answers, by libmnl. Blocks for as long as
 * the kernel works on the answer; nobody else takes part.
 */

#include <libmnl/libmnl.h>

#include "util/macro.h"

#define NETLINK_REQUEST_MAX 1024 /* bytes; all requests here are small and of fixed shape */

typedef struct mnl_socket NetlinkSocket;

/* `protocol` is NETLINK_NETFILTER, ...; the socket is for one thread. Return: 0 or a negative
 * errno. */
WARN_UNUSED int netlink_open(int protocol, NetlinkSocket **ret);
NetlinkSocket *netlink_close(NetlinkSocket *socket);
DEFINE_CLEANUP(NetlinkSocket, netlink_close)

/*
 * A socket that hears what the kernel tells a multicast group and never blocks. Up to
 * `backlog_max` bytes wait in it (less without CAP_NET_ADMIN); beyond, reading fails with ENOBUFS.
 * Return: 0 or a negative errno.
 */
WARN_UNUSED int netlink_listen(int protocol, unsigned group, int backlog_max, NetlinkSocket **ret);

/* Room for one request, aligned as netlink wants it. */
typedef union NetlinkRequest {
        struct nlmsghdr header;
        char bytes[NETLINK_REQUEST_MAX];
} NetlinkRequest;

/*
 * Send the request (made with mnl_nlmsg_put_header() on its bytes) and give every answer to the
 * callback (libmnl's rules: MNL_CB_OK, or MNL_CB_ERROR with errno set), which may be NULL. A
 * request that is no dump must ask for an acknowledgement (NLM_F_ACK), which ends the answers.
 * Return: 0; -EINTR when a dump was disturbed by a change and should be asked for again; what the
 * kernel answered; what the callback set.
 */
WARN_UNUSED int netlink_ask(
                NetlinkSocket *socket, NetlinkRequest *request, mnl_cb_t callback, void *userdata);
