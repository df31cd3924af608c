/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "identd/conntrack.h"
#include "identd/owner.h"
#include "util/own-address.h"
#include "util/socket-entry.h"

#define LOOPBACK_INTERFACE 1 /* its index in every network namespace */

int owner_finder_open(OwnerFinder *ret) {
        CLEANUP(owner_finder_done) OwnerFinder finder = {};
        int r;

        assert(ret);

        r = netlink_open(NETLINK_NETFILTER, &finder.conntrack);
        if (r < 0)
                return r;
        r = netlink_open(NETLINK_SOCK_DIAG, &finder.sockets);
        if (r < 0)
                return r;

        *ret = finder;
        finder = (OwnerFinder){};
        return 0;
}

void owner_finder_done(OwnerFinder *finder) {
        netlink_close(finder->conntrack);
        netlink_close(finder->sockets);
        *finder = (OwnerFinder){};
}

static bool is_loopback(sa_family_t family, const struct in6_addr *address) {
        return family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(address) : address->s6_addr[0] == 127;
}

/* Return: 0 or a negative errno. */
static int comes_from_here(const TcpConnection *arrived, bool *ret) {
        if (is_loopback(arrived->family, &arrived->source)) {
                *ret = true;
                return 0;
        }

        return own_address_ask((uint8_t) arrived->family, arrived->source.s6_addr, ret);
}

typedef struct Tracked {
        const TcpConnection *arrived;
        TcpConnection original;
} Tracked;

static int read_tracked(const struct nlmsghdr *message, void *userdata) {
        Tracked *tracked = userdata;

        (void) conntrack_decode(message, tracked->arrived, &tracked->original);
        return MNL_CB_OK;
}

/* What the connection was before NAT; itself where nothing tracks it. */
static int find_original(NetlinkSocket *netlink, const TcpConnection *arrived, TcpConnection *ret) {
        Tracked tracked = { .arrived = arrived, .original = *arrived };
        NetlinkRequest request = {};
        int r;

        conntrack_ask(arrived, &request);
        r = netlink_ask(netlink, &request, read_tracked, &tracked);
        switch (r) {
        case 0:
        case -ENOENT:     /* not tracked */
        case -EINVAL:     /* no such subsystem in this kernel, and no module with it */
        case -EOPNOTSUPP: /* likewise */
                *ret = tracked.original;
                return 0;
        default:
                return r;
        }
}

typedef struct Found {
        const TcpConnection *connection;
        uint32_t uid;
        bool is_known;
} Found;

static int read_found(const struct nlmsghdr *message, void *userdata) {
        Found *found = userdata;
        SocketEntry entry;

        /* without a file it has no owner any more, and the kernel says 0, which is root */
        if (!socket_entry_decode(message, &entry) || entry.inode == 0 ||
            !socket_entry_is_end_of(&entry, found->connection))
                return MNL_CB_OK;

        found->uid = entry.uid;
        found->is_known = true;
        return MNL_CB_OK;
}

/*
 * The kernel finds one socket quickly only if it is told the interface that this is bound to.
 * Anybody may bind his: to that of loopback, or, with an address of the host's, to a network's.
 * That nobody can hide in this way is worth the slow search.
 */
static int find_socket(NetlinkSocket *netlink, Found *found) {
        const sa_family_t families[] = { AF_INET, AF_INET6 };
        NetlinkRequest request = {};
        int r;

        socket_entry_ask_one(found->connection, LOOPBACK_INTERFACE, &request);
        r = netlink_ask(netlink, &request, read_found, found);
        if (r < 0 && r != -ENOENT)
                return r;

        for (size_t i = 0; i < ELEMENTS_OF(families) && !found->is_known; i++) {
                /* IPv6 sockets talk IPv4, too; not the other way round */
                if (families[i] == AF_INET && found->connection->family == AF_INET6)
                        continue;
                request = (NetlinkRequest){};
                socket_entry_ask_ports(families[i], found->connection, &request);
                r = netlink_ask(netlink, &request, read_found, found);
                if (r < 0 && r != -ENOENT) /* a kernel without IPv6 has no such sockets */
                        return r;
        }

        return 0;
}

int owner_find(OwnerFinder *finder, const TcpConnection *arrived, uint32_t *ret_uid) {
        TcpConnection original;
        Found found = { .connection = &original };
        bool is_ours = false;
        int r;

        assert(finder && arrived && ret_uid);

        r = comes_from_here(arrived, &is_ours);
        if (r < 0)
                return r;
        if (!is_ours)
                return OWNER_E_UNKNOWN;

        r = find_original(finder->conntrack, arrived, &original);
        if (r < 0)
                return r;
        r = find_socket(finder->sockets, &found);
        if (r < 0)
                return r;
        if (!found.is_known)
                return OWNER_E_GONE;

        *ret_uid = found.uid;
        return 0;
}
