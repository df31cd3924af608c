/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Whole answers of methods: what core knows as a{sv} and aa{sv}. Reads what it is given and nothing
 * else: no look-up, no kernel. All return 0 or a negative errno.
 */

#include <systemd/sd-bus.h>

#include "bus/codec-read.h"
#include "core/manager.h"

/* a{sv}: the whole policy with its defaults, and Generation. */
WARN_UNUSED int answer_append_policy(sd_bus_message *m, const Snapshot *snapshot);
/* aa{sv}: who may connect. */
WARN_UNUSED int answer_append_allowed(sd_bus_message *m, const AllowedIds *ids, const Page *page);
/* aa{sv}: past policies, the newest first. */
WARN_UNUSED int answer_append_history(sd_bus_message *m, const JobResult *result);
/* aa{sv}: who tried to connect, the most first. */
WARN_UNUSED int answer_append_attempts(sd_bus_message *m, const JobResult *result);
/* a{sv}: what a change would do. */
WARN_UNUSED int answer_append_preview(sd_bus_message *m, const JobResult *result);
