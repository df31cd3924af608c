/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/probe.h"
#include "util/fd.h"
#include "util/now.h"
#include "util/process.h"

#define ANSWER_USEC                                                                                \
        (3 * USEC_PER_SEC) /* a refusal and a redirect come from this host itself, at once */
#define SENDMAIL_PATH "/usr/sbin/sendmail"
#define SENDMAIL_USEC (20 * USEC_PER_SEC)
#define SENDMAIL_MAX  65536 /* bytes of output */

/* A recipient that every host has. Nothing is sent: there is no DATA. */
static const char session[] = "EHLO localhost\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nQUIT\r\n";

static ProbeResult result_of_errno(int error) {
        switch (error) {
        case 0:
                return PROBE_CONNECTED;
        case ECONNREFUSED:
        case ECONNRESET:
        case EACCES:
        case EPERM:
                return PROBE_REFUSED;
        case ENETUNREACH:
        case EAFNOSUPPORT:
        case EADDRNOTAVAIL:
                return PROBE_NO_ROUTE;
        /* said by somebody on the way, so it has left */
        case EHOSTUNREACH:
        case ETIMEDOUT:
                return PROBE_SILENT;
        default:
                return PROBE_FAILED;
        }
}

/* Return: a socket that is being connected, or -EBADF with the result set. */
static int begin(ProbeConnection *connection) {
        const struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                                         .sin6_port = htons(connection->port) };
        const struct sockaddr_in v4 = { .sin_family = AF_INET,
                                        .sin_port = htons(connection->port) };
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
        } address;
        CLEANUP(fd_closep) int fd = -EBADF;
        bool is_v6 = connection->family == AF_INET6;

        if (is_v6)
                address.v6 = v6;
        else
                address.v4 = v4;
        fd = socket(connection->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0 ||
            inet_pton(connection->family,
                      is_v6 ? PROBE_ADDRESS_V6 : PROBE_ADDRESS_V4,
                      is_v6 ? (void *) &address.v6.sin6_addr : (void *) &address.v4.sin_addr) !=
                            1 ||
            (connect(fd, &address.any, is_v6 ? sizeof(address.v6) : sizeof(address.v4)) < 0 &&
             errno != EINPROGRESS)) {
                connection->result = result_of_errno(errno);
                return -EBADF;
        }

        return TAKE_FD(fd);
}

static void read_result(ProbeConnection *connection, int fd) {
        int error = 0;
        socklen_t size = sizeof(error);

        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                error = errno;
        connection->result = result_of_errno(error);
}

static void connect_all(Probe *probe) {
        struct pollfd fds[PROBE_CONNECTIONS_MAX];
        uint64_t end_usec = now_read_usec(CLOCK_MONOTONIC) + ANSWER_USEC;
        size_t waiting = 0;

        for (size_t i = 0; i < probe->count; i++) {
                fds[i] = (struct pollfd){ .fd = begin(&probe->connections[i]), .events = POLLOUT };
                waiting += fds[i].fd >= 0;
        }

        while (waiting > 0) {
                uint64_t now = now_read_usec(CLOCK_MONOTONIC);
                uint64_t left = now < end_usec ? end_usec - now : 0;
                int r = poll(fds, (nfds_t) probe->count, (int) (left / USEC_PER_MSEC));

                /* what has come is seen also where we had to wait too long for the processor */
                if (r == 0 || (r < 0 && errno != EINTR))
                        break;
                for (size_t i = 0; i < probe->count; i++)
                        if (fds[i].fd >= 0 && fds[i].revents != 0) {
                                read_result(&probe->connections[i], fds[i].fd);
                                fds[i].fd = fd_close(fds[i].fd);
                                waiting--;
                        }
        }

        for (size_t i = 0; i < probe->count; i++)
                if (fds[i].fd >= 0)
                        fds[i].fd = fd_close(fds[i].fd);
}

/* Last lines of answers, "250 ...": of EHLO, MAIL and RCPT. */
static ProbeResult read_session(const char *output) {
        size_t accepted = 0;

        for (const char *line = output; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                accepted += strncmp(line, "250 ", 4) == 0;
        }

        return accepted >= 3 ? PROBE_CONNECTED : PROBE_REFUSED;
}

static ProbeResult try_sendmail(void) {
        static const char *const words[] = { SENDMAIL_PATH, "-bs", NULL };
        const ProcessOptions options = {
                .timeout_usec = SENDMAIL_USEC,
                .output_max = SENDMAIL_MAX,
                .input = session,
        };
        CLEANUP(process_result_done) ProcessResult result = {};
        int r = process_run(words, &options, &result);

        if (r == -ENOENT)
                return PROBE_NO_ROUTE;
        return r == 0 ? read_session(result.output) : PROBE_FAILED;
}

/* In the child; does not return. What it says is the whole Probe. */
static void run(Probe *probe, const struct passwd *user, int fd) {
        int r = 0;

        if (user && (initgroups(user->pw_name, user->pw_gid) < 0 ||
                     setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
                     setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0))
                r = -errno;
        if (r >= 0) {
                connect_all(probe);
                probe->sendmail = try_sendmail();
                r = fd_write_all(fd, probe, sizeof(*probe));
        }

        _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int probe_run(Probe *probe, const struct passwd *user) {
        CLEANUP(fd_closep) int read_fd = -EBADF;
        CLEANUP(fd_closep) int write_fd = -EBADF;
        CLEANUP(freep) char *data = NULL;
        size_t size = 0;
        int status, r;
        pid_t child;

        r = fd_make_pipe(&read_fd, &write_fd);
        if (r < 0)
                return r;

        child = fork();
        if (child < 0)
                return -errno;
        if (child == 0)
                run(probe, user, write_fd);

        write_fd = fd_close(write_fd);
        r = fd_read_all(read_fd, sizeof(*probe), &data, &size);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                continue;

        if (r < 0)
                return r;
        if (size != sizeof(*probe))
                return -EPERM;
        memcpy(probe, data, sizeof(*probe));
        return 0;
}
