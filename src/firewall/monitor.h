/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Hears of every change of the ruleset of this network namespace, and tells those of our table.
 * Needs CAP_NET_ADMIN. For one thread.
 */

#include "firewall/table-events.h"

typedef struct Monitor Monitor;

/* What is committed from now on is told. Return: 0 or a negative errno. */
WARN_UNUSED int monitor_open(Monitor **ret);
Monitor *monitor_close(Monitor *monitor);
DEFINE_CLEANUP(Monitor, monitor_close)

/* To be polled for reading. */
int monitor_fd(const Monitor *monitor);

/*
 * Read all that has come, without waiting. What commits later than the generation `since` did to
 * our table is added to *damage. Return: 0 or a negative errno.
 */
WARN_UNUSED int monitor_read(Monitor *monitor, uint32_t since, TableDamage *damage);
