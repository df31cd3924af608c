/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "util/netlink.h"
#include "util/own-address.h"

static int read_route(const struct nlmsghdr *message, void *userdata) {
        const struct rtmsg *route = mnl_nlmsg_get_payload(message);
        bool *local = userdata;

        if (message->nlmsg_type == RTM_NEWROUTE &&
            mnl_nlmsg_get_payload_len(message) >= sizeof(*route))
                *local = route->rtm_type == RTN_LOCAL;

        return MNL_CB_OK;
}

int own_address_ask(uint8_t family, const uint8_t address[static 16], bool *ret) {
        CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
        NetlinkRequest request = {};
        struct nlmsghdr *header;
        struct rtmsg *route;
        size_t size = family == AF_INET6 ? 16 : 4;
        bool local = false;
        int r;

        assert(ret && (family == AF_INET || family == AF_INET6));

        r = netlink_open(NETLINK_ROUTE, &netlink);
        if (r < 0)
                return r;

        header = mnl_nlmsg_put_header(&request);
        header->nlmsg_type = RTM_GETROUTE;
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        route = mnl_nlmsg_put_extra_header(header, sizeof(*route));
        route->rtm_family = family;
        route->rtm_dst_len = (uint8_t) (size * 8);
        mnl_attr_put(header, RTA_DST, size, address);

        r = netlink_ask(netlink, &request, read_route, &local);
        switch (r) {
        case -ENETUNREACH:
        case -EHOSTUNREACH:
        case -EACCES: /* prohibited */
        case -EINVAL: /* blackhole, and what nobody can connect to */
                local = false;
                break;
        default:
                if (r < 0)
                        return r;
        }

        *ret = local;
        return 0;
}
