/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Ask systemd to reload or start a unit, and wait for the job's end (org.freedesktop.systemd1(5)).
 * Blocks: the worker thread calls it, on a bus connection of its own, so that no caller of the
 * service can use up the replies that a transaction needs.
 */

#include <systemd/sd-bus.h>

#include "util/macro.h"

enum {
        UNIT_JOB_E_FAILED =
                        1, /* the job ended with another result than "done"; it is in *ret_result */
        UNIT_JOB_E_TIMEOUT, /* it has not ended yet */
        UNIT_JOB_E_REFUSED, /* systemd did not take the job; its words are in *ret_result */
};

typedef enum UnitJob {
        UNIT_JOB_RELOAD,
        UNIT_JOB_START,
        UNIT_JOB_RESTART, /* also of a unit that systemd thinks is up although its daemon died */
} UnitJob;

/* A private connection to the system bus. The caller frees with sd_bus_flush_close_unref(). */
WARN_UNUSED int unit_job_connect(sd_bus **ret);

/* *ret_result (owned by the caller) is set with each UNIT_JOB_E_*. Return: 0, UNIT_JOB_E_*, or a
 * negative errno. */
WARN_UNUSED int unit_job_run(
                sd_bus *bus,
                UnitJob job,
                const char *unit,
                uint64_t timeout_usec,
                char **ret_result);

/*
 * The unit whose cgroup has this id (SocketEntry.cgroup_id), or is around it. The caller frees.
 * Return: 0, -ENOENT, another negative errno.
 */
WARN_UNUSED int unit_find_by_cgroup(uint64_t cgroup_id, char **ret_unit);
