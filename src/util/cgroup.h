/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Control groups (cgroups(7), version 2, also beside version 1): which directory has an id, as the
 * kernel gives it with a socket, and who is in it. Reads /sys/fs/cgroup and /proc only.
 */

#include <sys/types.h>

#include "util/macro.h"

/* The directory with this inode, an absolute path. The caller frees. Return: 0, -ENOENT, another
 * negative errno. */
WARN_UNUSED int cgroup_find_by_id(uint64_t id, char **ret_path);

/* The directory of a systemd unit, likewise. */
WARN_UNUSED int cgroup_find_by_unit(const char *unit, char **ret_path);

/* The outermost unit that a directory belongs to. The caller frees. Return: 0, -ENOENT (in no
 * service or scope), -ENOMEM. */
WARN_UNUSED int cgroup_path_unit(const char *path, char **ret_unit);

/*
 * The process in the directory that began first, of those whose name begins with `comm_prefix`.
 * Return: 0, -ENOENT (there is none, or no such directory), another negative errno.
 */
WARN_UNUSED int cgroup_find_process(const char *path, const char *comm_prefix, pid_t *ret_pid);

/* All processes in the directory. The caller frees. Return: 0, or a negative errno. */
WARN_UNUSED int cgroup_list_processes(const char *path, uint32_t **ret, size_t *ret_count);
