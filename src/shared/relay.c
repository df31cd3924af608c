/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "shared/relay.h"

typedef struct Pipe {
        char data[65536];
        size_t from;
        size_t to;
} Pipe;

typedef struct Relay {
        int fd;
        Link *link;
        Pipe out; /* to the server */
        Pipe in;
} Relay;

static ssize_t read_some(const Relay *relay, bool from_link, void *data, size_t size) {
        ssize_t n;

        if (from_link)
                return link_read(relay->link, data, size);
        n = recv(relay->fd, data, size, MSG_DONTWAIT);
        return n < 0 ? -errno : n;
}

static ssize_t write_some(const Relay *relay, bool to_link, const void *data, size_t size) {
        ssize_t n;

        if (to_link)
                return link_write(relay->link, data, size);
        n = send(relay->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        return n < 0 ? -errno : n;
}

/* All that there is now, and as much of it as is taken now. What is half written is offered again
 * as it was, as TLS wants it. Return: 0; -EPIPE at the end; another negative errno. */
static int pass(Relay *relay, Pipe *pipe, bool to_link) {
        for (;;) {
                ssize_t n;

                if (pipe->from == pipe->to) {
                        n = read_some(relay, !to_link, pipe->data, sizeof(pipe->data));
                        if (n == -EAGAIN)
                                return 0;
                        if (n <= 0)
                                return n < 0 ? (int) n : -EPIPE;
                        pipe->from = 0;
                        pipe->to = (size_t) n;
                }

                n = write_some(relay, to_link, pipe->data + pipe->from, pipe->to - pipe->from);
                if (n == -EAGAIN)
                        return 0;
                if (n < 0)
                        return (int) n;
                pipe->from += (size_t) n;
        }
}

static bool is_full(const Pipe *pipe) {
        return pipe->from < pipe->to;
}

static int turn(Relay *relay) {
        struct pollfd fds[] = {
                { .fd = relay->fd,
                  .events =
                                  (short) ((is_full(&relay->out) ? 0 : POLLIN) |
                                           (is_full(&relay->in) ? POLLOUT : 0)) },
                { .fd = link_fd(relay->link),
                  .events =
                                  (short) ((is_full(&relay->in) ? 0 : POLLIN) |
                                           (is_full(&relay->out) ? POLLOUT : 0)) },
        };
        int r;

        if (poll(fds, 2, link_has_more(relay->link) && !is_full(&relay->in) ? 0 : -1) < 0)
                return errno == EINTR ? 0 : -errno;

        r = pass(relay, &relay->out, true);
        return r < 0 ? r : pass(relay, &relay->in, false);
}

int relay(int fd, Link *link) {
        CLEANUP(freep) Relay *relay = calloc(1, sizeof(Relay));
        int r;

        if (!relay)
                return -ENOMEM;
        relay->fd = fd;
        relay->link = link;

        r = link_unblock(link);
        while (r >= 0)
                r = turn(relay);

        return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}
