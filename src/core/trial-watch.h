/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When to look after the trial: at its deadline, and when somebody sets the clock (the deadline
 * that people are told, and that a later boot has to go by, is another one then). Belongs to the
 * event loop; knows the time, and nothing of what has to be done.
 */

#include <systemd/sd-event.h>

#include "core/snapshot.h"

typedef struct TrialWatch TrialWatch;

/* `clock_set`: somebody has set the clock, trial or not. */
WARN_UNUSED int trial_watch_new(
                sd_event *event,
                void (*look)(void *userdata),
                void (*clock_set)(void *userdata),
                void *userdata,
                TrialWatch **ret);
TrialWatch *trial_watch_free(TrialWatch *watch);
DEFINE_CLEANUP(TrialWatch, trial_watch_free)

/* The trial, if there is one, is as it is there now. `failed`: it could not be taken back just now.
 * Logs its failures. */
void trial_watch_follow(TrialWatch *watch, const Snapshot *snapshot, bool failed);
