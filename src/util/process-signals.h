/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which signals a process catches (proc(5), /proc/PID/status). */

#include <sys/types.h>

#include "util/macro.h"

/* Pure: the same in the text of that file. Return: 1, 0, or -EBADMSG if it does not say. */
WARN_UNUSED int process_status_catches_signal(const char *status, int signal);

/* Has the process a handler for it? Return: 1, 0, -ENOENT if there is no such process, or another
 * negative errno. */
WARN_UNUSED int process_catches_signal(pid_t pid, int signal);
