/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Run Exim through the probes of one configuration, with a bound on time and output. */

#include "exim/probe.h"

/*
 * `config` NULL: the configuration in force. What has no end before the deadline (CLOCK_MONOTONIC,
 * microseconds) stays unknown, and *late is set. Return: 0, or a negative errno.
 */
WARN_UNUSED int probes_run(
                const char *binary,
                const char *config,
                const char *domain,
                uint64_t deadline,
                EximProbes *ret,
                bool *late);
