/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm.h"
#include "util/fd.h"

struct StormSeen {
        atomic_bool stop;
        atomic_uint tried;
        atomic_uint refused;
};

/* Until it is told to end, or the test that would say so has died. */
static void storm_run(uid_t uid, uint16_t port, pid_t test, struct StormSeen *seen) {
        static const char *const addresses[] = { WORLD_REMOTE_V4, WORLD_REMOTE_V6 };
        const struct linger reset = { .l_onoff = 1 };

        while (!seen->stop && getppid() == test) {
                for (size_t i = 0; i < ELEMENTS_OF(addresses); i++) {
                        CLEANUP(fd_closep)
                        int fd = world_socket(i == 0 ? AF_INET : AF_INET6, uid, GID_OTHER);

                        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
                        if (world_connect(fd, addresses[i], port) == ECONNREFUSED)
                                seen->refused++;
                        seen->tried++;
                }
        }
}

Storm storm_begin(uid_t uid, uint16_t port) {
        const pid_t test = getpid();
        Storm storm = { .seen = world_share(sizeof(struct StormSeen)) };

        storm.pid = world_fork();
        if (storm.pid == 0) {
                storm_run(uid, port, test, storm.seen);
                _exit(EXIT_SUCCESS);
        }
        world_await(&storm.seen->tried, 10);
        return storm;
}

unsigned storm_end(Storm *storm, unsigned *ret_refused) {
        unsigned tried;
        int status;

        storm->seen->stop = true;
        g_assert_cmpint(waitpid(storm->pid, &status, 0), ==, storm->pid);
        g_assert_cmpint(status, ==, 0);

        tried = storm->seen->tried;
        *ret_refused = storm->seen->refused;
        munmap(storm->seen, sizeof(struct StormSeen));
        return tried;
}
