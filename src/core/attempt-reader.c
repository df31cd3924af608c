/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/attempt-reader.h"
#include "core/identity.h"
#include "firewall/attempt-socket.h"
#include "firewall/counts.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"

struct AttemptReader {
        NetlinkSocket *socket; /* owned; the thread's */
        int quit_fd;           /* owned: eventfd */
        int ends[2];           /* owned: the loop's, the thread's */
        pthread_t thread;
        bool started;
};

/* ---- the thread ---- */

static void hand_on(const AttemptEvent *event, void *userdata) {
        AttemptReader *reader = userdata;
        AttemptNotice notice = { .event = *event };
        CLEANUP(freep) char *name = NULL;

        notice.when_usec = now_read_usec(CLOCK_REALTIME);
        if (counts_read_user(event->uid, &notice.total) < 0)
                return;
        name = identity_user_name(event->uid);
        (void) snprintf(notice.user, sizeof(notice.user), "%s", name ?: "");

        /* full: the next one tells of more */
        (void) send(reader->ends[1], &notice, sizeof(notice), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void *thread_main(void *userdata) {
        AttemptReader *reader = userdata;
        struct pollfd fds[] = {
                { .fd = mnl_socket_get_fd(reader->socket), .events = POLLIN },
                { .fd = reader->quit_fd, .events = POLLIN },
        };
        int r = 0;

        while (r >= 0) {
                if (poll(fds, ELEMENTS_OF(fds), -1) < 0 && errno != EINTR)
                        r = -errno;
                else if (fds[1].revents)
                        return NULL;
                else
                        r = attempt_socket_read(reader->socket, hand_on, reader);
        }

        log_warning_errno(r, "Attempts are only counted from now on, and nobody is told: %m");
        return NULL;
}

/* ---- the loop's side ---- */

AttemptReader *attempt_reader_free(AttemptReader *reader) {
        static const uint64_t one = 1;

        if (!reader)
                return NULL;

        if (reader->started) {
                /* an eventfd that is never read to its end takes a one at any time */
                IGNORE_RESULT(fd_write_all(reader->quit_fd, &one, sizeof(one)));
                (void) pthread_join(reader->thread, NULL);
        }
        netlink_close(reader->socket);
        (void) fd_close(reader->quit_fd);
        (void) fd_close(reader->ends[0]);
        (void) fd_close(reader->ends[1]);
        free(reader);
        return NULL;
}

static int start_thread(AttemptReader *reader) {
        sigset_t all, before;
        int r;

        /* signals are the event loop's */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&reader->thread, NULL, thread_main, reader);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (r != 0)
                return -r;

        /* for who looks at the process from outside; the name has no other use */
        (void) pthread_setname_np(reader->thread, "attempts");
        reader->started = true;
        return 0;
}

int attempt_reader_new(AttemptReader **ret) {
        CLEANUP(attempt_reader_freep) AttemptReader *reader = NULL;
        int r;

        assert(ret);

        reader = calloc(1, sizeof(*reader));
        if (!reader)
                return -ENOMEM;
        reader->quit_fd = reader->ends[0] = reader->ends[1] = -EBADF;

        r = attempt_socket_open(&reader->socket);
        if (r < 0)
                return r;
        reader->quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (reader->quit_fd < 0)
                return -errno;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, reader->ends) < 0)
                return -errno;
        r = start_thread(reader);
        if (r < 0)
                return r;

        *ret = TAKE(reader);
        return 0;
}

int attempt_reader_fd(const AttemptReader *reader) {
        return reader->ends[0];
}

int attempt_reader_take(AttemptReader *reader, AttemptNotice *ret) {
        ssize_t n = recv(reader->ends[0], ret, sizeof(*ret), MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;

        return n == (ssize_t) sizeof(*ret) ? 1 : -EBADMSG;
}
