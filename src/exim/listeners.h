/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Exim's listening sockets, compared: what has become of a daemon. */

#include "exim/exim.h"

typedef enum EximDaemonState {
        EXIM_DAEMON_OLD,    /* a socket of before is still there */
        EXIM_DAEMON_NEW,    /* all sockets are new, on all ports of before */
        EXIM_DAEMON_OTHER,  /* all sockets are new, some port is missing (yet) */
        EXIM_DAEMON_SILENT, /* no socket, but an Exim process */
        EXIM_DAEMON_DEAD,   /* no socket and no Exim process */
} EximDaemonState;

/* Pure: `now` against `before`; without sockets it is EXIM_DAEMON_SILENT. */
EximDaemonState exim_listeners_compare(const EximListeners *before, const EximListeners *now);

/* Look how the daemon of before->unit is. Return: 0 or a negative errno. */
WARN_UNUSED int exim_daemon_look(const EximListeners *before, EximDaemonState *ret);

/*
 * Wait, at most until deadline_usec (CLOCK_MONOTONIC), until the daemon of listeners->unit catches
 * SIGHUP, and read its sockets anew. Around its exec Exim ignores that signal: one that is sent
 * while somebody else's reload goes on is lost, and the sockets that come of that one prove
 * nothing, for what it read. After this, whatever is new was opened by a daemon that read its files
 * later. Where there is no such moment, or no daemon, the sockets stay as they are. Return: 0 or a
 * negative errno.
 */
WARN_UNUSED int exim_listeners_settle(EximListeners *listeners, uint64_t deadline_usec);

/* Is the process that was the daemon still there? */
bool exim_daemon_has_process(const EximListeners *before);
