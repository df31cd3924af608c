/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between the watch over Exim's files and the manager: what the one notices becomes a job of the
 * other. On the event loop's thread. */

#include "core/exim-watch.h"
#include "core/manager.h"

/* The manager says when its jobs begin (exim_watch_begin_job()) and end, and frees the watch.
 * Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_guard_new(sd_event *event, Manager *manager, EximWatch **ret);

/* A job has ended with r; it has replaced or removed so many of Exim's files. */
void exim_guard_end_job(
                EximWatch *watch,
                const JobRequest *request,
                int r,
                size_t exim_changes,
                const Snapshot *now);
