/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Notices that somebody changes files in which edits of ours may be, whatever layout is in force,
 * and says when to look whether something of ours is lost. Belongs to the event loop, which it
 * wakes only when such a file changes. Reads no file and repairs none.
 */

#include <systemd/sd-event.h>

#include "core/foreign-change.h"
#include "util/string-list.h"

typedef struct EximWatch EximWatch;

/* Time to look; exim_watch_looked() is for the end of it. Return: false: not now; it asks again. */
typedef bool (*EximWatchHandler)(EximWatch *watch, bool report_only, void *userdata);

/* Events are handled before those of `priority`, so that of what a job has changed all is seen
 * before the job's end is. `what`: static, "Exim's files", for the log. */
WARN_UNUSED int exim_watch_new(
                sd_event *event,
                int64_t priority,
                const char *what,
                EximWatchHandler handler,
                void *userdata,
                EximWatch **ret);
EximWatch *exim_watch_free(EximWatch *watch);
DEFINE_CLEANUP(EximWatch, exim_watch_free)

/* These files from now on. They and their directories need not exist. Logs what cannot be watched.
 */
void exim_watch_set_files(EximWatch *watch, const StringList *files);

/* A job of ours runs: the first own_changes changes meanwhile are its own. */
void exim_watch_begin_job(EximWatch *watch);
void exim_watch_end_job(EximWatch *watch, size_t own_changes);

/* What the look found. */
void exim_watch_looked(EximWatch *watch, ForeignChangeOutcome outcome);

/* Somebody asked for a Reload. */
void exim_watch_forget(EximWatch *watch);
