/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <sys/socket.h>

#include "firewall/attempt-log.h"
#include "firewall/attempt-socket.h"

/* The kernel puts at most so much into one datagram of these small messages. */
#define BUFFER_SIZE ((size_t) 64 * 1024)

static struct nlmsghdr *request_config(NetlinkRequest *request) {
        struct nlmsghdr *header = mnl_nlmsg_put_header(request);
        struct nfgenmsg *generic;

        header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
        generic->nfgen_family = AF_UNSPEC;
        generic->version = NFNETLINK_V0;
        generic->res_id = htons(ATTEMPT_LOG_GROUP);
        return header;
}

static int bind_group(NetlinkSocket *socket) {
        const struct nfulnl_msg_config_cmd command = { .command = NFULNL_CFG_CMD_BIND };
        NetlinkRequest request = {};
        struct nlmsghdr *header = request_config(&request);

        mnl_attr_put(header, NFULA_CFG_CMD, sizeof(command), &command);
        return netlink_ask(socket, &request, NULL, NULL);
}

/* Each by itself and at once: there are few, and somebody may be watching. */
static int configure(NetlinkSocket *socket) {
        const struct nfulnl_msg_config_mode mode = {
                .copy_mode = NFULNL_COPY_PACKET,
                .copy_range = htonl(ATTEMPT_LOG_SIZE),
        };
        NetlinkRequest request = {};
        struct nlmsghdr *header = request_config(&request);

        mnl_attr_put(header, NFULA_CFG_MODE, sizeof(mode), &mode);
        mnl_attr_put_u32(header, NFULA_CFG_QTHRESH, htonl(1));
        return netlink_ask(socket, &request, NULL, NULL);
}

int attempt_socket_open(NetlinkSocket **ret) {
        CLEANUP(netlink_closep) NetlinkSocket *socket = NULL;
        int r;

        assert(ret);

        r = netlink_open(NETLINK_NETFILTER, &socket);
        if (r < 0)
                return r;
        r = bind_group(socket);
        if (r < 0)
                return r;
        r = configure(socket);
        if (r < 0)
                return r;

        *ret = TAKE(socket);
        return 0;
}

static void handle_all(void *buffer, size_t size, AttemptHandler handler, void *userdata) {
        const struct nlmsghdr *message = buffer;
        int left = (int) size;

        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
                AttemptEvent event;

                if (attempt_event_decode(message, &event))
                        handler(&event, userdata);
        }
}

int attempt_socket_read(NetlinkSocket *socket, AttemptHandler handler, void *userdata) {
        CLEANUP(freep) char *buffer = malloc(BUFFER_SIZE);

        if (!buffer)
                return -ENOMEM;

        for (;;) {
                ssize_t n = recv(mnl_socket_get_fd(socket), buffer, BUFFER_SIZE, MSG_DONTWAIT);

                if (n < 0 && errno == EAGAIN)
                        return 0;
                /* lost some */
                if (n < 0 && (errno == ENOBUFS || errno == EINTR))
                        continue;
                if (n < 0)
                        return -errno;
                handle_all(buffer, (size_t) n, handler, userdata);
        }
}
