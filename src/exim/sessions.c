/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/sessions.h"
#include "util/cgroup.h"
#include "util/now.h"

#define SESSION_USEC_MAX (10 * 60 * USEC_PER_SEC)

void exim_sessions_done(EximSessions *sessions) {
        free(sessions->unit);
        free(sessions->pids);
        *sessions = (EximSessions){};
}

static int list_processes(const char *unit, uint32_t **ret, size_t *ret_count) {
        CLEANUP(freep) char *path = NULL;
        int r;

        r = cgroup_find_by_unit(unit, &path);
        return r < 0 ? r : cgroup_list_processes(path, ret, ret_count);
}

int exim_sessions_read(const EximListeners *listeners, EximSessions *ret) {
        CLEANUP(exim_sessions_done)
        EximSessions sessions = { .since_usec = now_read_usec(CLOCK_MONOTONIC) };
        size_t count = 0;
        int r;

        if (!listeners->unit) {
                *ret = (EximSessions){};
                return 0;
        }

        sessions.unit = strdup(listeners->unit);
        if (!sessions.unit)
                return -ENOMEM;
        r = list_processes(sessions.unit, &sessions.pids, &sessions.count);
        if (r < 0)
                return r;

        for (size_t i = 0; i < sessions.count; i++)
                if (sessions.pids[i] != (uint32_t) listeners->pid)
                        sessions.pids[count++] = sessions.pids[i];
        sessions.count = count;

        *ret = sessions;
        sessions = (EximSessions){};
        return 0;
}

bool exim_sessions_are_over(const EximSessions *sessions) {
        CLEANUP(freep) uint32_t *now = NULL;
        size_t count;

        if (sessions->count == 0 ||
            now_read_usec(CLOCK_MONOTONIC) - sessions->since_usec >= SESSION_USEC_MAX ||
            list_processes(sessions->unit, &now, &count) < 0)
                return true;

        for (size_t i = 0; i < count; i++)
                for (size_t k = 0; k < sessions->count; k++)
                        if (now[i] == sessions->pids[k])
                                return false;

        return true;
}
