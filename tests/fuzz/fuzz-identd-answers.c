/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Any bytes as what the kernel answers to smtp-restrictions-identd, of connection tracking and of
 * a socket: no crash, and what is taken is what was asked for.
 */

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sock_diag.h>

#include "fuzz.h"
#include "identd/conntrack.h"
#include "util/socket-entry.h"

#define SIZE_MAX_HERE 4096

/* The corpus is about the connection from 127.0.0.1 port 41000 to port 25, on both families. */
static TcpConnection arrived_over(sa_family_t family) {
        TcpConnection arrived = { .family = family, .source_port = 41000, .destination_port = 25 };
        const struct in6_addr v4 = { .s6_addr = { 127, 0, 0, 1 } };

        arrived.source = arrived.destination = family == AF_INET6 ? in6addr_loopback : v4;
        return arrived;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(freep) struct nlmsghdr *message = malloc(NLMSG_HDRLEN + size);
        const sa_family_t families[] = { AF_INET, AF_INET6 };
        SocketEntry entry;

        require(message, "there is memory");
        if (size > SIZE_MAX_HERE)
                return 0;

        /* what has come over the socket is whole; the rest is anything */
        *message = (struct nlmsghdr){ .nlmsg_len = (uint32_t) (NLMSG_HDRLEN + size) };
        if (size > 0)
                (void) memcpy((char *) message + NLMSG_HDRLEN, data, size);

        message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
        for (size_t i = 0; i < ELEMENTS_OF(families); i++) {
                const TcpConnection arrived = arrived_over(families[i]);
                TcpConnection original;

                if (conntrack_decode(message, &arrived, &original))
                        require(original.family == arrived.family, "NAT keeps the family");
        }

        message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
        if (socket_entry_decode(message, &entry)) {
                const TcpConnection arrived = arrived_over(entry.family);

                require(entry.family == AF_INET || entry.family == AF_INET6, "it has a family");
                if (socket_entry_is_end_of(&entry, &arrived))
                        require(entry.local_port == 41000, "it has the client's port");
        }
        return 0;
}
