/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <sys/socket.h>

#include "util/netlink.h"

/* The kernel fills a dump's datagrams up to the size that is read with, at most 32 KiB. */
#define ANSWER_SIZE ((size_t) 32 * 1024)
#define LEFT_MAX    100000 /* datagrams: a bound, not a guess */

int netlink_open(int protocol, NetlinkSocket **ret) {
        CLEANUP(netlink_closep) NetlinkSocket *socket = NULL;

        assert(ret);

        socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
        if (!socket)
                return -errno;
        if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
                return -errno;

        *ret = TAKE(socket);
        return 0;
}

int netlink_listen(int protocol, unsigned group, int backlog_max, NetlinkSocket **ret) {
        CLEANUP(netlink_closep) NetlinkSocket *socket = NULL;
        int fd;

        assert(ret);

        socket = mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (!socket)
                return -errno;
        fd = mnl_socket_get_fd(socket);
        /* without the right to it the usual backlog has to do: a loss is noticed */
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &backlog_max, sizeof(backlog_max));
        if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
                return -errno;
        if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
                return -errno;

        *ret = TAKE(socket);
        return 0;
}

NetlinkSocket *netlink_close(NetlinkSocket *socket) {
        if (socket)
                (void) mnl_socket_close(socket); /* a netlink socket has nothing to flush */

        return NULL;
}

static int receive(NetlinkSocket *socket, void *buffer, size_t size, size_t *ret_size) {
        ssize_t n;

        do
                n = mnl_socket_recvfrom(socket, buffer, size);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;

        *ret_size = (size_t) n;
        return 0;
}

/*
 * Take away what is left of a question that was given up: it would pass as the answer to the next
 * one, and the kernel refuses a second list before the first one was read to its end. The kernel
 * answers while it is asked, so nothing of it can come later.
 */
static void forget_answers(NetlinkSocket *socket, void *buffer, size_t size) {
        int fd = mnl_socket_get_fd(socket);

        for (unsigned i = 0; i < LEFT_MAX; i++)
                if (recv(fd, buffer, size, MSG_DONTWAIT) < 0 && errno != EINTR && errno != ENOBUFS)
                        return;
}

int netlink_ask(NetlinkSocket *socket, NetlinkRequest *request, mnl_cb_t callback, void *userdata) {
        CLEANUP(freep) char *buffer = NULL;
        unsigned port = mnl_socket_get_portid(socket);
        size_t size = 0;
        int r;

        assert(request->header.nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP));

        buffer = malloc(ANSWER_SIZE);
        if (!buffer)
                return -ENOMEM;

        forget_answers(socket, buffer, ANSWER_SIZE);
        request->header.nlmsg_seq = 1;
        if (mnl_socket_sendto(socket, request, request->header.nlmsg_len) < 0)
                return -errno;

        do {
                r = receive(socket, buffer, ANSWER_SIZE, &size);
                if (r < 0)
                        return r;
                r = mnl_cb_run(buffer, size, 1, port, callback, userdata);
                if (r < 0)
                        return -errno;
        } while (r > MNL_CB_STOP);

        return 0;
}
