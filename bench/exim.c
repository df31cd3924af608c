/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What Exim's own checks and its reload take on Debian, without the service; see bench.h. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "util/fd.h"

#define STAGED          "/run/bench-exim.conf"
#define WRITTEN_BY_HAND "/etc/exim4/exim4.conf"
#define UNIT            "exim4.service"
#define SOCKETS_MAX     8
#define SMTP_PORT       25
#define TCP_LISTEN      0x0a
#define RELOAD_SEC      15
#define POLL_USEC       500
#define SYSTEMD_NAME    "org.freedesktop.systemd1"
#define SYSTEMD_PATH    "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"

typedef struct Sockets {
        unsigned long inodes[SOCKETS_MAX];
        size_t count;
} Sockets;

static void run_program(char *const argv[]) {
        CLEANUP(posix_spawn_file_actions_destroy) posix_spawn_file_actions_t actions;
        char *const environment[] = { (char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
        pid_t child;
        int status;

        check(-posix_spawn_file_actions_init(&actions), "spawn");
        check(-posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0),
              "spawn");
        check(-posix_spawn(&child, argv[0], &actions, NULL, argv, environment), argv[0]);
        if (waitpid(child, &status, 0) < 0 || status != 0)
                die("%s %s failed", argv[0], argv[1]);
}

#define RUN(...) run_program((char *const[]){ __VA_ARGS__, NULL })

void exim_ask(void) {
        RUN((char *) "/usr/sbin/exim4", (char *) "-bV");
        RUN((char *) "/usr/sbin/exim4", (char *) "-bP", (char *) "smtp_accept_max");
}

/* ---- listening sockets ---- */

static void read_listening(const char *path, Sockets *sockets) {
        FILE *file = fopen(path, "re");
        char line[512];

        while (file && fgets(line, sizeof(line), file)) {
                unsigned long inode;
                unsigned port, state;

                if (sscanf(line,
                           "%*d: %*[^:]:%x %*s %x %*s %*s %*s %*u %*u %lu",
                           &port,
                           &state,
                           &inode) == 3 &&
                    port == SMTP_PORT && state == TCP_LISTEN && sockets->count < SOCKETS_MAX)
                        sockets->inodes[sockets->count++] = inode;
        }
        if (file)
                (void) fclose(file);
}

static Sockets listening(void) {
        Sockets sockets = {};

        read_listening("/proc/self/net/tcp", &sockets);
        read_listening("/proc/self/net/tcp6", &sockets);
        return sockets;
}

static bool are_new(const Sockets *before, const Sockets *now) {
        if (now->count < before->count)
                return false;
        for (size_t i = 0; i < before->count; i++)
                for (size_t j = 0; j < now->count; j++)
                        if (before->inodes[i] == now->inodes[j])
                                return false;

        return true;
}

/* ---- reload ---- */

static int job_removed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const char *unit, *result;
        bool *done = userdata;

        (void) reterr;
        check(sd_bus_message_read(m, "uoss", NULL, NULL, &unit, &result), "JobRemoved");
        if (strcmp(unit, UNIT) != 0)
                return 0;
        if (strcmp(result, "done") != 0)
                die("the reload of " UNIT " ended with %s", result);

        *done = true;
        return 0;
}

static void reload(sd_bus *bus) {
        CLEANUP(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Sockets before = listening(), now;
        uint64_t deadline = now_nsec() + RELOAD_SEC * NSEC_PER_SEC;
        bool done = false;

        if (before.count == 0)
                die("nobody listens on port %d", SMTP_PORT);
        check(sd_bus_match_signal(
                              bus,
                              &slot,
                              SYSTEMD_NAME,
                              SYSTEMD_PATH,
                              SYSTEMD_MANAGER,
                              "JobRemoved",
                              job_removed,
                              &done),
              "match");
        check(sd_bus_call_method(
                              bus,
                              SYSTEMD_NAME,
                              SYSTEMD_PATH,
                              SYSTEMD_MANAGER,
                              "Subscribe",
                              NULL,
                              NULL,
                              NULL),
              "Subscribe");
        if (sd_bus_call_method(
                            bus,
                            SYSTEMD_NAME,
                            SYSTEMD_PATH,
                            SYSTEMD_MANAGER,
                            "ReloadUnit",
                            &error,
                            NULL,
                            "ss",
                            UNIT,
                            "replace") < 0)
                die("ReloadUnit: %s", error.message);

        for (;;) {
                int r = sd_bus_process(bus, NULL);

                check(r, "bus");
                if (r > 0)
                        continue;
                now = listening();
                if (done && are_new(&before, &now))
                        break;
                if (now_nsec() > deadline)
                        die("no new sockets after the reload");
                check(sd_bus_wait(bus, POLL_USEC), "bus");
        }

        check(sd_bus_call_method(
                              bus,
                              SYSTEMD_NAME,
                              SYSTEMD_PATH,
                              SYSTEMD_MANAGER,
                              "Unsubscribe",
                              NULL,
                              NULL,
                              NULL),
              "Unsubscribe");
}

void exim_change(sd_bus *bus) {
        bool made_of_parts = access(WRITTEN_BY_HAND, F_OK) < 0;
        char *path = (char *) (made_of_parts ? STAGED : WRITTEN_BY_HAND);

        if (made_of_parts)
                RUN((char *) "/usr/sbin/update-exim4.conf", (char *) "-o", path);
        RUN((char *) "/usr/sbin/exim4", (char *) "-C", path, (char *) "-bV");
        RUN((char *) "/usr/sbin/exim4",
            (char *) "-C",
            path,
            (char *) "-bP",
            (char *) "smtp_accept_max");
        reload(bus);
        if (made_of_parts)
                (void) unlink(STAGED);
}

void exim_settle(void) {
        CLEANUP(fd_closep) int fd = -EBADF;
        const struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(SMTP_PORT),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        char banner[512];

        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                check(-errno, "Exim");
        if (read(fd, banner, sizeof(banner)) < 3 || memcmp(banner, "220", 3) != 0)
                die("Exim does not greet");
}
