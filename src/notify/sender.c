/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify/order.h"
#include "notify/sender.h"
#include "util/fd.h"

void sender_done(Sender *sender) {
        sender->answer = sd_event_source_disable_unref(sender->answer);
        sender->fd = fd_close(sender->fd);
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Sender *sender = userdata;
        char answer = ORDER_FAILED;

        (void) source;
        (void) events;
        if (read(fd, &answer, 1) < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;

        sender_done(sender);
        sender->done(sender->userdata, answer == ORDER_DONE);
        return 0;
}

/* All of it finds room in the socket's buffer, or nothing is sent. */
static int write_order(int fd, const char *order) {
        static const struct sockaddr_un address = { .sun_family = AF_UNIX,
                                                    .sun_path = ORDER_SOCKET };
        const int room = 4 * ORDER_SIZE_MAX; /* the kernel counts more than the bytes */
        size_t size = strlen(order);
        ssize_t n;

        if (size > ORDER_SIZE_MAX)
                return -EFBIG;
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        n = send(fd, order, size, MSG_NOSIGNAL);
        if (n < 0)
                return -errno;
        if ((size_t) n != size)
                return -ENOBUFS;

        return shutdown(fd, SHUT_WR) < 0 ? -errno : 0;
}

int sender_send(Sender *sender, const char *order) {
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        assert(sender && order && !sender_is_busy(sender));

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = write_order(fd, order);
        if (r < 0)
                return r;
        r = sd_event_add_io(sender->event, &sender->answer, fd, EPOLLIN, on_answer, sender);
        if (r < 0)
                return r;

        sender->fd = TAKE_FD(fd);
        return 0;
}
