/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "identd/conntrack.h"

#define MESSAGE_OF(type) (NFNL_SUBSYS_CTNETLINK << 8 | (type))

/* The packets that answer the connection run from its destination to its source. */
static TcpConnection reply_of(const TcpConnection *connection) {
        return (TcpConnection){
                .family = connection->family,
                .source = connection->destination,
                .destination = connection->source,
                .source_port = connection->destination_port,
                .destination_port = connection->source_port,
        };
}

static void put_tuple(struct nlmsghdr *header, const TcpConnection *tuple) {
        struct nlattr *whole, *part;
        size_t size = tcp_address_size(tuple->family);
        bool v6 = tuple->family == AF_INET6;

        whole = mnl_attr_nest_start(header, CTA_TUPLE_REPLY);
        part = mnl_attr_nest_start(header, CTA_TUPLE_IP);
        mnl_attr_put(header, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, size, &tuple->source);
        mnl_attr_put(header, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, size, &tuple->destination);
        mnl_attr_nest_end(header, part);
        part = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
        mnl_attr_put_u8(header, CTA_PROTO_NUM, IPPROTO_TCP);
        mnl_attr_put_u16(header, CTA_PROTO_SRC_PORT, htons(tuple->source_port));
        mnl_attr_put_u16(header, CTA_PROTO_DST_PORT, htons(tuple->destination_port));
        mnl_attr_nest_end(header, part);
        mnl_attr_nest_end(header, whole);
}

void conntrack_ask(const TcpConnection *arrived, NetlinkRequest *ret) {
        struct nlmsghdr *header = mnl_nlmsg_put_header(ret);
        const TcpConnection reply = reply_of(arrived);
        struct nfgenmsg *generic;

        header->nlmsg_type = MESSAGE_OF(IPCTNL_MSG_CT_GET);
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
        generic->nfgen_family = (uint8_t) arrived->family;
        generic->version = NFNETLINK_V0;
        put_tuple(header, &reply);
}

typedef struct Tuple {
        TcpConnection connection;
        unsigned parts; /* a bit for each that was there */
} Tuple;

enum {
        PART_SOURCE = 1,
        PART_DESTINATION = 2,
        PART_PROTOCOL = 4,
        PART_SOURCE_PORT = 8,
        PART_DESTINATION_PORT = 16,
        PARTS_ALL = 31,
};

static void take_address(
                const struct nlattr *attribute,
                Tuple *tuple,
                struct in6_addr *address,
                unsigned part) {
        size_t size = tcp_address_size(tuple->connection.family);

        if (mnl_attr_get_payload_len(attribute) != size)
                return;

        memcpy(address, mnl_attr_get_payload(attribute), size);
        tuple->parts |= part;
}

static int read_address(const struct nlattr *attribute, void *userdata) {
        Tuple *tuple = userdata;
        bool v6 = tuple->connection.family == AF_INET6;
        uint16_t type = mnl_attr_get_type(attribute);

        if (type == (v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC))
                take_address(attribute, tuple, &tuple->connection.source, PART_SOURCE);
        if (type == (v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST))
                take_address(attribute, tuple, &tuple->connection.destination, PART_DESTINATION);
        return MNL_CB_OK;
}

static void take_port(const struct nlattr *attribute, Tuple *tuple, uint16_t *port, unsigned part) {
        if (mnl_attr_validate(attribute, MNL_TYPE_U16) < 0)
                return;

        *port = ntohs(mnl_attr_get_u16(attribute));
        tuple->parts |= part;
}

static int read_protocol(const struct nlattr *attribute, void *userdata) {
        Tuple *tuple = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case CTA_PROTO_NUM:
                if (mnl_attr_validate(attribute, MNL_TYPE_U8) >= 0 &&
                    mnl_attr_get_u8(attribute) == IPPROTO_TCP)
                        tuple->parts |= PART_PROTOCOL;
                break;
        case CTA_PROTO_SRC_PORT:
                take_port(attribute, tuple, &tuple->connection.source_port, PART_SOURCE_PORT);
                break;
        case CTA_PROTO_DST_PORT:
                take_port(attribute,
                          tuple,
                          &tuple->connection.destination_port,
                          PART_DESTINATION_PORT);
                break;
        default:
                break;
        }

        return MNL_CB_OK;
}

static int read_tuple(const struct nlattr *attribute, void *userdata) {
        switch (mnl_attr_get_type(attribute)) {
        case CTA_TUPLE_IP:
                return mnl_attr_parse_nested(attribute, read_address, userdata);
        case CTA_TUPLE_PROTO:
                return mnl_attr_parse_nested(attribute, read_protocol, userdata);
        default:
                return MNL_CB_OK;
        }
}

typedef struct Answer {
        Tuple original;
        Tuple reply;
} Answer;

static int read_answer(const struct nlattr *attribute, void *userdata) {
        Answer *answer = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case CTA_TUPLE_ORIG:
                return mnl_attr_parse_nested(attribute, read_tuple, &answer->original);
        case CTA_TUPLE_REPLY:
                return mnl_attr_parse_nested(attribute, read_tuple, &answer->reply);
        default:
                return MNL_CB_OK;
        }
}

bool conntrack_decode(
                const struct nlmsghdr *message,
                const TcpConnection *arrived,
                TcpConnection *ret_original) {
        const TcpConnection reply = reply_of(arrived);
        Answer answer = {
                .original.connection.family = arrived->family,
                .reply.connection.family = arrived->family,
        };

        if (message->nlmsg_type != MESSAGE_OF(IPCTNL_MSG_CT_NEW) ||
            message->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg)) ||
            message->nlmsg_len % NLMSG_ALIGNTO != 0)
                return false;
        if (mnl_attr_parse(message, sizeof(struct nfgenmsg), read_answer, &answer) < 0)
                return false;

        /* the kernel looks a tuple up in both directions: this may be a connection of the server's
         * own, to the client's port */
        if (answer.original.parts != PARTS_ALL || answer.reply.parts != PARTS_ALL ||
            !tcp_connection_equal(&answer.reply.connection, &reply))
                return false;

        *ret_original = answer.original.connection;
        return true;
}
