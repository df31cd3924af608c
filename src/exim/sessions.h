/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The processes that Exim's daemon had started when it was told to reload: they go on with the
 * configuration that they began with, and with the files that it names. */

#include "exim/exim.h"

typedef struct EximSessions {
        char *unit;     /* owned; NULL: there were none */
        uint32_t *pids; /* owned */
        size_t count;
        uint64_t since_usec; /* CLOCK_MONOTONIC */
} EximSessions;

void exim_sessions_done(EximSessions *sessions);

/* All in the daemon's cgroup but itself, now. Return: 0 or a negative errno. */
WARN_UNUSED int exim_sessions_read(const EximListeners *listeners, EximSessions *ret);

/* Have all of them ended? After ten minutes they count as ended: a client that has been silent for
 * five is hung up on, and a process may be one that never ends. */
bool exim_sessions_are_over(const EximSessions *sessions);
