/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "util/netlink.h"

static void ask_for(uint16_t type, NetlinkRequest *ret) {
        struct nlmsghdr *header = mnl_nlmsg_put_header(ret->bytes);
        struct rtgenmsg *family;

        header->nlmsg_type = type;
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        family = mnl_nlmsg_put_extra_header(header, sizeof(*family));
        family->rtgen_family = AF_UNSPEC;
}

static int count_addresses(const struct nlmsghdr *header, void *userdata) {
        size_t *count = userdata;

        g_assert_cmpuint(header->nlmsg_type, ==, RTM_NEWADDR);
        (*count)++;
        return MNL_CB_OK;
}

static size_t list_addresses(NetlinkSocket *socket) {
        NetlinkRequest request;
        size_t count = 0;

        ask_for(RTM_GETADDR, &request);
        g_assert_cmpint(netlink_ask(socket, &request, count_addresses, &count), ==, 0);
        return count;
}

static void test_an_answer_that_nobody_read_is_not_the_next_one(void) {
        CLEANUP(netlink_closep) NetlinkSocket *socket = NULL;
        NetlinkRequest links;
        size_t count;

        g_assert_cmpint(netlink_open(NETLINK_ROUTE, &socket), ==, 0);
        count = list_addresses(socket);

        /* the same number as the next question has */
        ask_for(RTM_GETLINK, &links);
        links.header.nlmsg_seq = 1;
        g_assert_cmpint(mnl_socket_sendto(socket, &links, links.header.nlmsg_len), >, 0);

        g_assert_cmpuint(list_addresses(socket), ==, count);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/netlink/an-answer-that-nobody-read-is-not-the-next-one",
                        test_an_answer_that_nobody_read_is_not_the_next_one);
        return g_test_run();
}
