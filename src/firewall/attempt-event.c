/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "firewall/attempt-event.h"
#include "firewall/attempt-log.h"

#define PROTOCOL_TCP     6
#define V4_HEADER_MIN    20
#define V6_HEADER        40
#define V6_EXTENSIONS    4 /* that may stand before TCP; more are nobody's honest ones */
#define TCP_PORTS        4
#define MESSAGE_OF_NFLOG ((NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_PACKET)

/* What is needed of the message. */
typedef struct Parts {
        const char *prefix;
        bool uid_set;
        uint32_t uid;
        const uint8_t *packet;
        size_t size;
} Parts;

static int find_part(const struct nlattr *attribute, void *userdata) {
        Parts *parts = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case NFULA_PREFIX:
                if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
                        parts->prefix = mnl_attr_get_str(attribute);
                break;
        case NFULA_UID:
                if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0) {
                        parts->uid = ntohl(mnl_attr_get_u32(attribute));
                        parts->uid_set = true;
                }
                break;
        case NFULA_PAYLOAD:
                parts->packet = mnl_attr_get_payload(attribute);
                parts->size = mnl_attr_get_payload_len(attribute);
                break;
        default:
                break;
        }

        return MNL_CB_OK;
}

static bool read_port(const uint8_t *tcp, size_t size, AttemptEvent *event) {
        if (size < TCP_PORTS)
                return false;

        event->port = (uint16_t) (tcp[2] << 8 | tcp[3]);
        return true;
}

static bool read_v4(const uint8_t *packet, size_t size, AttemptEvent *event) {
        size_t header;

        if (size < V4_HEADER_MIN || packet[9] != PROTOCOL_TCP)
                return false;
        header = (size_t) (packet[0] & 0xf) * 4;
        if (header < V4_HEADER_MIN || header > size)
                return false;

        (void) memcpy(event->address, packet + 16, 4);
        return read_port(packet + header, size - header, event);
}

/* Hop-by-hop options, routing, destination options: a type, and a length in units of 8 bytes. */
static bool is_extension(uint8_t type) {
        return type == 0 || type == 43 || type == 60;
}

static bool read_v6(const uint8_t *packet, size_t size, AttemptEvent *event) {
        size_t at = V6_HEADER;
        uint8_t next;

        if (size < V6_HEADER)
                return false;
        next = packet[6];
        (void) memcpy(event->address, packet + 24, 16);

        for (unsigned i = 0; i < V6_EXTENSIONS && is_extension(next); i++) {
                if (size - at < 8)
                        return false;
                next = packet[at];
                if ((size_t) (packet[at + 1] + 1) * 8 > size - at)
                        return false;
                at += (size_t) (packet[at + 1] + 1) * 8;
        }

        return next == PROTOCOL_TCP && read_port(packet + at, size - at, event);
}

static bool find_set(const char *prefix, bool is_v6, AttemptSet *ret) {
        const char *verdict = prefix ? string_after_prefix(prefix, ATTEMPT_LOG_PREFIX) : NULL;

        for (AttemptSet i = ATTEMPTS_USERS + 1; i < _ATTEMPT_SET_MAX; i++)
                if (string_equal(verdict, attempt_set_verdict(i)) &&
                    attempt_set_is_v6(i) == is_v6) {
                        *ret = i;
                        return true;
                }

        return false;
}

bool attempt_event_decode(const struct nlmsghdr *message, AttemptEvent *ret) {
        AttemptEvent event = {};
        Parts parts = {};
        bool is_v6;

        /* the kernel's are padded; libmnl would read on to where the padding should end */
        if (message->nlmsg_type != MESSAGE_OF_NFLOG ||
            message->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg)) ||
            message->nlmsg_len % NLMSG_ALIGNTO != 0)
                return false;
        if (mnl_attr_parse(message, sizeof(struct nfgenmsg), find_part, &parts) < 0)
                return false;
        if (!parts.uid_set || parts.size == 0)
                return false;

        is_v6 = parts.packet[0] >> 4 == 6;
        if (!is_v6 && parts.packet[0] >> 4 != 4)
                return false;
        event.uid = parts.uid;
        if (!find_set(parts.prefix, is_v6, &event.set) ||
            !(is_v6 ? read_v6 : read_v4)(parts.packet, parts.size, &event))
                return false;

        *ret = event;
        return true;
}
