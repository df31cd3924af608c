/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <netinet/tcp.h>

#include "util/array.h"
#include "util/socket-list.h"

void socket_list_done(SocketList *list) {
        free(list->items);
        *list = (SocketList){};
}

static int append(SocketList *list, const SocketEntry *entry) {
        int r;

        if (list->count >= SOCKET_LIST_MAX)
                return -E2BIG;
        r = ARRAY_MAKE_ROOM(&list->items, &list->allocated, list->count + 1);
        if (r < 0)
                return r;

        list->items[list->count++] = *entry;
        return 0;
}

static int read_socket(const struct nlmsghdr *message, void *userdata) {
        SocketList *list = userdata;
        SocketEntry entry;
        int r;

        if (!socket_entry_decode(message, &entry))
                return MNL_CB_OK;

        r = append(list, &entry);
        if (r < 0) {
                errno = -r;
                return MNL_CB_ERROR;
        }

        return MNL_CB_OK;
}

static int read_family(
                NetlinkSocket *netlink, sa_family_t family, uint32_t states, SocketList *list) {
        NetlinkRequest request = {};

        socket_entry_ask_all(family, states, &request);
        return netlink_ask(netlink, &request, read_socket, list);
}

static int read_states(uint32_t states, SocketList *ret) {
        CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
        CLEANUP(socket_list_done) SocketList list = {};
        int r;

        assert(ret);

        r = netlink_open(NETLINK_SOCK_DIAG, &netlink);
        if (r < 0)
                return r;

        r = read_family(netlink, AF_INET, states, &list);
        if (r < 0)
                return r;
        r = read_family(netlink, AF_INET6, states, &list);
        if (r < 0 && r != -ENOENT) /* a kernel without IPv6 has no such sockets */
                return r;

        *ret = list;
        list = (SocketList){};
        return 0;
}

int socket_list_read_listening(SocketList *ret) {
        return read_states(SOCKET_STATES_LISTENING, ret);
}

int socket_list_read_connected(SocketList *ret) {
        return read_states(SOCKET_STATES_CONNECTED, ret);
}

static bool takes_loopback(const SocketEntry *entry, sa_family_t family) {
        struct in_addr address;

        if (entry->family == AF_INET6) {
                if (IN6_IS_ADDR_UNSPECIFIED(&entry->local))
                        return family == AF_INET6 || !entry->v6_only;
                return family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&entry->local);
        }

        memcpy(&address, &entry->local, sizeof(address));
        return family == AF_INET &&
               (address.s_addr == htonl(INADDR_ANY) || address.s_addr == htonl(INADDR_LOOPBACK));
}

bool socket_list_has_loopback_listener(
                const SocketList *listening, sa_family_t family, uint16_t port) {
        const uint32_t loopback = 1; /* its index in every network namespace */

        for (size_t i = 0; i < listening->count; i++) {
                const SocketEntry *entry = &listening->items[i];

                if (entry->local_port != port)
                        continue;
                if (entry->interface != 0 && entry->interface != loopback)
                        continue;
                if (takes_loopback(entry, family))
                        return true;
        }

        return false;
}
