/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "exim/listeners.h"
#include "util/cgroup.h"
#include "util/fd.h"
#include "util/now.h"
#include "util/process-signals.h"
#include "util/socket-list.h"
#include "util/text.h"

#define EXIM_COMM   "exim" /* exim, exim4 */
#define CMDLINE_MAX ((size_t) 64 * 1024)

/* how long a daemon is waited for that has closed its sockets */
#define REOPEN_MSEC_MAX 1000
#define POLL_MSEC       10

void exim_listeners_done(EximListeners *listeners) {
        free(listeners->unit);
        free(listeners->inodes);
        free(listeners->ports);
        *listeners = (EximListeners){};
}

static int compare_u32(const void *a, const void *b) {
        uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

        return (x > y) - (x < y);
}

static int compare_u16(const void *a, const void *b) {
        uint16_t x = *(const uint16_t *) a, y = *(const uint16_t *) b;

        return (x > y) - (x < y);
}

static bool has_inode(const EximListeners *listeners, uint32_t inode) {
        return listeners->inode_count > 0 && bsearch(&inode,
                                                     listeners->inodes,
                                                     listeners->inode_count,
                                                     sizeof(uint32_t),
                                                     compare_u32);
}

static bool has_port(const EximListeners *listeners, uint16_t port) {
        return listeners->port_count > 0 && bsearch(&port,
                                                    listeners->ports,
                                                    listeners->port_count,
                                                    sizeof(uint16_t),
                                                    compare_u16);
}

EximDaemonState exim_listeners_compare(const EximListeners *before, const EximListeners *now) {
        if (now->inode_count == 0)
                return EXIM_DAEMON_SILENT;

        for (size_t i = 0; i < now->inode_count; i++)
                if (has_inode(before, now->inodes[i]))
                        return EXIM_DAEMON_OLD;

        for (size_t i = 0; i < before->port_count; i++)
                if (!has_port(now, before->ports[i]))
                        return EXIM_DAEMON_OTHER;

        return EXIM_DAEMON_NEW;
}

/*
 * Is this cgroup that of a service in which Exim runs? Return: 1 and its unit and oldest process;
 * 0; or a negative errno.
 */
static int find_service(uint64_t cgroup_id, char **ret_unit, pid_t *ret_pid) {
        CLEANUP(freep) char *path = NULL;
        CLEANUP(freep) char *unit = NULL;
        pid_t pid;
        int r;

        r = cgroup_find_by_id(cgroup_id, &path);
        if (r >= 0)
                r = cgroup_path_unit(path, &unit);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        /* A scope, and what a user's own systemd runs, cannot be reloaded. */
        if (!string_equal(strrchr(unit, '.'), ".service") || string_after_prefix(unit, "user@"))
                return 0;

        r = cgroup_find_process(path, EXIM_COMM, &pid);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        *ret_unit = TAKE(unit);
        *ret_pid = pid;
        return 1;
}

/* Fill in the sockets that belong to the cgroup. */
static int take_sockets(const SocketList *sockets, uint64_t cgroup_id, EximListeners *listeners) {
        listeners->inodes = calloc(sockets->count + 1, sizeof(uint32_t));
        listeners->ports = calloc(sockets->count + 1, sizeof(uint16_t));
        if (!listeners->inodes || !listeners->ports)
                return -ENOMEM;

        for (size_t i = 0; i < sockets->count; i++) {
                const SocketEntry *socket = &sockets->items[i];

                if (socket->cgroup_id != cgroup_id)
                        continue;
                listeners->inodes[listeners->inode_count++] = socket->inode;
                listeners->ports[listeners->port_count++] = socket->local_port;
        }

        qsort(listeners->inodes, listeners->inode_count, sizeof(uint32_t), compare_u32);
        qsort(listeners->ports, listeners->port_count, sizeof(uint16_t), compare_u16);

        for (size_t i = 0, n = listeners->port_count, kept = 0; i < n; i++) {
                if (kept == 0 || listeners->ports[i] != listeners->ports[kept - 1])
                        listeners->ports[kept++] = listeners->ports[i];
                listeners->port_count = kept;
        }

        return 0;
}

static bool is_first_of_cgroup(const SocketList *sockets, size_t index) {
        for (size_t i = 0; i < index; i++)
                if (sockets->items[i].cgroup_id == sockets->items[index].cgroup_id)
                        return false;

        return true;
}

/* The sockets of Exim's service, or of one certain unit. */
static int read_listeners(const char *unit, EximListeners *ret) {
        CLEANUP(exim_listeners_done) EximListeners listeners = {};
        CLEANUP(socket_list_done) SocketList sockets = {};
        int r;

        r = socket_list_read_listening(&sockets);
        if (r < 0)
                return r;

        for (size_t i = 0; i < sockets.count; i++) {
                CLEANUP(freep) char *found = NULL;

                if (!is_first_of_cgroup(&sockets, i))
                        continue;

                r = find_service(sockets.items[i].cgroup_id, &found, &listeners.pid);
                if (r < 0)
                        return r;
                if (r == 0 || (unit && strcmp(unit, found) != 0))
                        continue;

                r = take_sockets(&sockets, sockets.items[i].cgroup_id, &listeners);
                if (r < 0)
                        return r;
                listeners.unit = TAKE(found);
                break;
        }

        if (!listeners.unit)
                listeners.pid = 0;
        *ret = listeners;
        listeners = (EximListeners){};
        return 0;
}

/* The oldest Exim of the unit. Return: 0, -ENOENT, or another negative errno. */
static int find_process(const char *unit, pid_t *ret) {
        CLEANUP(freep) char *path = NULL;
        int r;

        r = cgroup_find_by_unit(unit, &path);
        return r < 0 ? r : cgroup_find_process(path, EXIM_COMM, ret);
}

/* Was a process of the unit started as a daemon (-bd)? Return: 1 and which, 0 or a negative errno.
 */
static int find_daemon(const char *unit, pid_t *ret) {
        CLEANUP(freep) char *name = NULL, *arguments = NULL;
        size_t size;
        pid_t pid;
        int r;

        r = find_process(unit, &pid);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        name = string_format("/proc/%d/cmdline", (int) pid);
        if (!name)
                return -ENOMEM;
        r = fd_read_file_at(AT_FDCWD, name, CMDLINE_MAX, &arguments, &size);
        if (r < 0)
                return r == -ENOENT || r == -ESRCH ? 0 : r;

        /* each argument ends in a NUL */
        if (!memmem(arguments, size, "\0-bd", 4))
                return 0;
        *ret = pid;
        return 1;
}

/* Is there a daemon, though nothing listens? Return: 1 and what runs it, 0 or a negative errno. */
static int find_silent_daemon(EximListeners *ret) {
        static const char *const units[] = { "exim4.service", "exim.service" };

        for (size_t i = 0; i < ELEMENTS_OF(units); i++) {
                int r = find_daemon(units[i], &ret->pid);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                ret->unit = strdup(units[i]);
                return ret->unit ? 1 : -ENOMEM;
        }

        return 0;
}

static void pause_between_polls(void) {
        const struct timespec ts = { .tv_nsec = POLL_MSEC * 1000 * 1000 };

        (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

int exim_listeners_read(const EximFacts *facts, EximListeners *ret) {
        int r;

        assert(facts && ret);

        *ret = (EximListeners){};
        if (!facts->binary)
                return 0;

        /* Somebody else's reload leaves some milliseconds without any. */
        for (unsigned i = 0;; i++) {
                CLEANUP(exim_listeners_done) EximListeners silent = {};

                r = read_listeners(NULL, ret);
                if (r < 0 || ret->unit)
                        return r;
                r = find_silent_daemon(&silent);
                if (r <= 0)
                        return r;
                if (i == REOPEN_MSEC_MAX / POLL_MSEC) {
                        *ret = silent;
                        silent = (EximListeners){};
                        return 0;
                }
                pause_between_polls();
        }
}

int exim_listeners_settle(EximListeners *listeners, uint64_t deadline_usec) {
        CLEANUP(exim_listeners_done) EximListeners now = {};
        int r;

        for (;;) {
                pid_t pid;

                r = find_process(listeners->unit, &pid);
                if (r >= 0)
                        r = process_catches_signal(pid, SIGHUP);
                if (r < 0 && r != -ENOENT)
                        return r;
                if (r == -ENOENT || now_read_usec(CLOCK_MONOTONIC) >= deadline_usec)
                        return 0;
                if (r > 0)
                        break;
                pause_between_polls();
        }

        r = read_listeners(listeners->unit, &now);
        if (r < 0 || !now.unit)
                return r;
        exim_listeners_done(listeners);
        *listeners = now;
        now = (EximListeners){};
        return 0;
}

int exim_daemon_look(const EximListeners *before, EximDaemonState *ret) {
        CLEANUP(exim_listeners_done) EximListeners now = {};
        EximDaemonState state;
        pid_t pid;
        int r;

        assert(before->unit && ret);

        r = read_listeners(before->unit, &now);
        if (r < 0)
                return r;

        state = exim_listeners_compare(before, &now);
        if (state == EXIM_DAEMON_SILENT) {
                r = find_process(before->unit, &pid);
                if (r < 0 && r != -ENOENT)
                        return r;
                if (r == -ENOENT)
                        state = EXIM_DAEMON_DEAD;
        }

        *ret = state;
        return 0;
}

bool exim_daemon_has_process(const EximListeners *before) {
        pid_t pid;
        int r;

        if (before->pid == 0)
                return false;

        r = find_process(before->unit, &pid);
        if (r < 0)
                return r != -ENOENT; /* what cannot be seen may well be there */

        return pid == before->pid;
}
