/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>

#include "util/socket-entry.h"

static struct inet_diag_req_v2 *ask(sa_family_t family, uint16_t flags, NetlinkRequest *ret) {
        struct nlmsghdr *header = mnl_nlmsg_put_header(ret);
        struct inet_diag_req_v2 *wanted;

        header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
        header->nlmsg_flags = NLM_F_REQUEST | flags;
        wanted = mnl_nlmsg_put_extra_header(header, sizeof(*wanted));
        wanted->sdiag_family = (uint8_t) family;
        wanted->sdiag_protocol = IPPROTO_TCP;
        return wanted;
}

void socket_entry_ask_all(sa_family_t family, uint32_t states, NetlinkRequest *ret) {
        ask(family, NLM_F_DUMP, ret)->idiag_states = states;
}

/* An IPv4 request finds the IPv6 sockets that talk IPv4, too. */
void socket_entry_ask_one(
                const TcpConnection *connection, uint32_t interface, NetlinkRequest *ret) {
        struct inet_diag_req_v2 *wanted = ask(connection->family, NLM_F_ACK, ret);

        memcpy(wanted->id.idiag_src, &connection->source, sizeof(wanted->id.idiag_src));
        memcpy(wanted->id.idiag_dst, &connection->destination, sizeof(wanted->id.idiag_dst));
        wanted->id.idiag_sport = htons(connection->source_port);
        wanted->id.idiag_dport = htons(connection->destination_port);
        wanted->id.idiag_if = interface;
        wanted->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
        wanted->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
}

void socket_entry_ask_ports(
                sa_family_t family, const TcpConnection *connection, NetlinkRequest *ret) {
        struct inet_diag_req_v2 *wanted = ask(family, NLM_F_DUMP, ret);

        wanted->idiag_states = SOCKET_STATES_CONNECTED;
        wanted->id.idiag_sport = htons(connection->source_port);
        wanted->id.idiag_dport = htons(connection->destination_port);
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

bool socket_entry_decode(const struct nlmsghdr *message, SocketEntry *ret) {
        const struct inet_diag_msg *socket;
        SocketEntry entry = {};

        /* the kernel's are padded; libmnl would read on to where the padding should end */
        if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            message->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(*socket)) ||
            message->nlmsg_len % NLMSG_ALIGNTO != 0)
                return false;

        socket = mnl_nlmsg_get_payload(message);
        if (socket->idiag_family != AF_INET && socket->idiag_family != AF_INET6)
                return false;

        entry.family = socket->idiag_family;
        entry.state = socket->idiag_state;
        memcpy(&entry.local, socket->id.idiag_src, tcp_address_size(entry.family));
        memcpy(&entry.remote, socket->id.idiag_dst, tcp_address_size(entry.family));
        entry.local_port = ntohs(socket->id.idiag_sport);
        entry.remote_port = ntohs(socket->id.idiag_dport);
        entry.interface = socket->id.idiag_if;
        entry.uid = socket->idiag_uid;
        entry.inode = socket->idiag_inode;
        (void) mnl_attr_parse(message, sizeof(*socket), read_attribute, &entry);
        unmap(&entry);

        *ret = entry;
        return true;
}

bool socket_entry_is_end_of(const SocketEntry *entry, const TcpConnection *connection) {
        const TcpConnection end = {
                .family = entry->family,
                .source = entry->local,
                .destination = entry->remote,
                .source_port = entry->local_port,
                .destination_port = entry->remote_port,
        };

        return entry->state < 32 && (SOCKET_STATE(entry->state) & SOCKET_STATES_CONNECTED) != 0 &&
               tcp_connection_equal(&end, connection);
}
