/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>

#include "firewall/affected.h"
#include "firewall/explain.h"
#include "util/array.h"

void affected_connections_done(AffectedConnections *affected) {
        free(affected->items);
        *affected = (AffectedConnections){};
}

static bool address_equals(const struct sockaddr *own, const SocketEntry *entry) {
        if (!own || own->sa_family != entry->family)
                return false;

        if (entry->family == AF_INET) {
                struct sockaddr_in in;

                memcpy(&in, own, sizeof(in));
                return memcmp(&in.sin_addr, &entry->remote, sizeof(in.sin_addr)) == 0;
        }

        struct sockaddr_in6 in6;

        memcpy(&in6, own, sizeof(in6));
        return memcmp(&in6.sin6_addr, &entry->remote, sizeof(in6.sin6_addr)) == 0;
}

static bool peer_is_local(const SocketEntry *entry, const struct ifaddrs *addresses) {
        /* all of 127.0.0.0/8 is local, though only 127.0.0.1 is somebody's address */
        if (entry->family == AF_INET && entry->remote.s6_addr[0] == IN_LOOPBACKNET)
                return true;

        for (; addresses; addresses = addresses->ifa_next)
                if (address_equals(addresses->ifa_addr, entry))
                        return true;

        return false;
}

/* May its owner not make it now? Without a file it has no owner that a rule could see, and is left
 * in peace. */
static bool is_forbidden(
                const RulesetPlan *plan,
                const SocketEntry *entry,
                const struct ifaddrs *addresses,
                uint64_t now_usec) {
        Connection connection = {
                .uid = entry->uid,
                .gid = UINT32_MAX, /* nobody's */
                .family = (uint8_t) entry->family,
                .port = entry->remote_port,
        };
        ExceptionVerdict verdict;

        if (entry->inode == 0)
                return false;

        memcpy(connection.address, &entry->remote, sizeof(connection.address));
        connection.local = peer_is_local(entry, addresses);
        verdict = explain(plan, &connection, now_usec).verdict;
        return verdict == EXCEPTION_REJECT || verdict == EXCEPTION_REDIRECT;
}

/* A connection to a port that we listen on was made by the other side. */
static bool began_elsewhere(const SocketEntry *entry, const SocketList *listening) {
        for (size_t i = 0; i < listening->count; i++)
                if (listening->items[i].local_port == entry->local_port)
                        return true;

        return false;
}

static int append(AffectedConnections *affected, size_t *allocated, const SocketEntry *entry) {
        AffectedConnection *item;
        int r;

        r = ARRAY_MAKE_ROOM(&affected->items, allocated, affected->count + 1);
        if (r < 0)
                return r;

        item = &affected->items[affected->count];
        *item = (AffectedConnection){ .uid = entry->uid, .port = entry->remote_port };
        if (!inet_ntop(entry->family, &entry->remote, item->address, sizeof(item->address)))
                return -errno;

        affected->count++;
        return 0;
}

int affected_connections_find(
                const RulesetPlan *plan,
                const SocketList *listening,
                const SocketList *connected,
                const struct ifaddrs *addresses,
                uint64_t now_usec,
                AffectedConnections *ret) {
        CLEANUP(affected_connections_done) AffectedConnections affected = {};
        size_t allocated = 0;

        for (size_t i = 0; i < connected->count; i++) {
                const SocketEntry *entry = &connected->items[i];
                int r;

                if (!is_forbidden(plan, entry, addresses, now_usec) ||
                    began_elsewhere(entry, listening))
                        continue;

                r = append(&affected, &allocated, entry);
                if (r < 0)
                        return r;
        }

        *ret = affected;
        affected = (AffectedConnections){};
        return 0;
}
