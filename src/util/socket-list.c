/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

#include "util/netlink.h"
#include "util/socket-list.h"

#define STATE(state) (UINT32_C(1) << (state))

#define STATES_LISTENING STATE(TCP_LISTEN)
#define STATES_CONNECTED                                                                           \
        (STATE(TCP_ESTABLISHED) | STATE(TCP_FIN_WAIT1) | STATE(TCP_FIN_WAIT2) |                    \
         STATE(TCP_CLOSE_WAIT))

void socket_list_done(SocketList *list) {
        free(list->items);
        *list = (SocketList){};
}

static int append(SocketList *list, const SocketEntry *entry) {
        if (list->count >= SOCKET_LIST_MAX)
                return -E2BIG;

        if (list->count == list->allocated) {
                size_t allocated = MAX_OF(list->allocated * 2, (size_t) 64);
                SocketEntry *items = reallocarray(list->items, allocated, sizeof(SocketEntry));

                if (!items)
                        return -ENOMEM;
                list->items = items;
                list->allocated = allocated;
        }

        list->items[list->count++] = *entry;
        return 0;
}

/* An IPv6 socket that talks IPv4 is an IPv4 connection to the firewall. */
static void unmap(SocketEntry *entry) {
        if (entry->family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&entry->local))
                return;

        entry->family = AF_INET;
        memcpy(&entry->local.s6_addr[0], &entry->local.s6_addr[12], 4);
        memcpy(&entry->remote.s6_addr[0], &entry->remote.s6_addr[12], 4);
        memset(&entry->local.s6_addr[4], 0, 12);
        memset(&entry->remote.s6_addr[4], 0, 12);
}

static int read_attribute(const struct nlattr *attribute, void *userdata) {
        SocketEntry *entry = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case INET_DIAG_CGROUP_ID:
                if (mnl_attr_validate(attribute, MNL_TYPE_U64) >= 0)
                        entry->cgroup_id = mnl_attr_get_u64(attribute);
                break;
        case INET_DIAG_SKV6ONLY:
                if (mnl_attr_validate(attribute, MNL_TYPE_U8) >= 0)
                        entry->v6_only = mnl_attr_get_u8(attribute) != 0;
                break;
        default:
                break;
        }

        return MNL_CB_OK;
}

static int read_socket(const struct nlmsghdr *message, void *userdata) {
        SocketList *list = userdata;
        const struct inet_diag_msg *socket;
        SocketEntry entry = {};
        int r;

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*socket))
                return MNL_CB_OK;

        socket = mnl_nlmsg_get_payload(message);
        entry.family = socket->idiag_family;
        memcpy(&entry.local, socket->id.idiag_src, sizeof(entry.local));
        memcpy(&entry.remote, socket->id.idiag_dst, sizeof(entry.remote));
        entry.local_port = ntohs(socket->id.idiag_sport);
        entry.remote_port = ntohs(socket->id.idiag_dport);
        entry.interface = socket->id.idiag_if;
        entry.uid = socket->idiag_uid;
        entry.inode = socket->idiag_inode;
        (void) mnl_attr_parse(message, sizeof(*socket), read_attribute, &entry);
        unmap(&entry);

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
        struct inet_diag_req_v2 *wanted;
        struct nlmsghdr *header;

        header = mnl_nlmsg_put_header(&request);
        header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        wanted = mnl_nlmsg_put_extra_header(header, sizeof(*wanted));
        wanted->sdiag_family = (uint8_t) family;
        wanted->sdiag_protocol = IPPROTO_TCP;
        wanted->idiag_states = states;

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
        return read_states(STATES_LISTENING, ret);
}

int socket_list_read_connected(SocketList *ret) {
        return read_states(STATES_CONNECTED, ret);
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
