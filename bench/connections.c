/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whole TCP connections as fast as one process opens them after each other; see bench.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "util/fd.h"

#define BACKLOG           4096
#define CONNECT_LIMIT_SEC 2

typedef struct Target {
        struct sockaddr_storage address;
        socklen_t size;
} Target;

/*
 * Stay there, and before everything else that runs there: otherwise the figures say where the
 * scheduler put the two sides and how busy the machine was. Without the right to it they do.
 */
static void take_processor(unsigned number) {
        const struct sched_param first = { .sched_priority = 1 };
        cpu_set_t mine;

        CPU_ZERO(&mine);
        CPU_SET(number, &mine);
        (void) sched_setaffinity(0, sizeof(mine), &mine);
        (void) sched_setscheduler(0, SCHED_RR, &first);
}

void connections_accept(uint16_t port) {
        CLEANUP(fd_closep) int listener = -EBADF;
        const struct sockaddr_in6 address = {
                .sin6_family = AF_INET6, /* and IPv4 */
                .sin6_port = htons(port),
        };

        listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (listener < 0 ||
            setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
            bind(listener, (const struct sockaddr *) &address, sizeof(address)) < 0 ||
            listen(listener, BACKLOG) < 0)
                check(-errno, "listen");

        take_processor(CONNECTING_BESIDE);
        puts("listening");
        fflush(stdout);
        for (;;) {
                int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

                if (fd >= 0)
                        (void) close(fd);
        }
}

static Target parse_target(const char *address, uint16_t port) {
        struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(port) };
        struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
        Target target = {};

        if (inet_pton(AF_INET, address, &ipv4.sin_addr) == 1) {
                memcpy(&target.address, &ipv4, sizeof(ipv4));
                target.size = sizeof(ipv4);
        } else if (inet_pton(AF_INET6, address, &ipv6.sin6_addr) == 1) {
                memcpy(&target.address, &ipv6, sizeof(ipv6));
                target.size = sizeof(ipv6);
        } else
                die("%s is no address", address);

        return target;
}

/*
 * The other side closes first and this one resets: nothing stays in TIME_WAIT, which would run out
 * of ports within two seconds. Waiting for the other side also keeps its queue short: a full one
 * costs a retry of one second.
 */
static int connect_once(const Target *target) {
        CLEANUP(fd_closep) int fd = -EBADF;
        const struct linger reset = { .l_onoff = 1 };
        const struct timeval limit = { .tv_sec = CONNECT_LIMIT_SEC };
        char byte;

        fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
                check(-errno, "socket");

        if (connect(fd, (const struct sockaddr *) &target->address, target->size) < 0)
                return -errno;
        if (read(fd, &byte, 1) != 0)
                return -EIO;

        return 0;
}

static ConnectionCounts connect_for(const Target *target, uint64_t nsec) {
        ConnectionCounts counts = {};
        uint64_t begin = now_nsec();

        do {
                int r = connect_once(target);

                if (r == 0)
                        counts.opened++;
                else if (r == -ECONNREFUSED || r == -ECONNRESET)
                        counts.refused++;
                else
                        counts.failed++;
                counts.nsec = now_nsec() - begin;
        } while (counts.nsec < nsec);

        return counts;
}

static void become(const struct passwd *user) {
        if (setgroups(0, NULL) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
            setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
                check(-errno, user->pw_name);
}

/* A process of its own becomes the user; this one stays root. */
ConnectionCounts connections_count(const Connecting *what, uint64_t nsec) {
        const struct passwd *entry = getpwnam(what->user);
        Target target = parse_target(what->address, what->port);
        ConnectionCounts counts = {};
        int ends[2], status;
        pid_t child;

        if (!entry)
                die("there is no user %s", what->user);
        if (pipe(ends) < 0)
                check(-errno, "pipe");

        (void) fflush(stdout);
        child = fork();
        if (child < 0)
                check(-errno, "fork");
        if (child == 0) {
                if (what->processor != CONNECTING_ANYWHERE)
                        take_processor(what->processor);
                become(entry);
                counts = connect_for(&target, nsec);
                check(fd_write_all(ends[1], &counts, sizeof(counts)), "pipe");
                _exit(EXIT_SUCCESS);
        }

        (void) close(ends[1]);
        if (read(ends[0], &counts, sizeof(counts)) != sizeof(counts) ||
            waitpid(child, &status, 0) < 0 || status != 0)
                die("%s could not connect", what->user);
        (void) close(ends[0]);
        return counts;
}
