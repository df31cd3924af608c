/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between the watch over attempts and the manager. On the event loop's thread. */

#include "core/attempt-watch.h"
#include "core/manager.h"

/* The manager frees the watch. Return: 0 or a negative errno. */
WARN_UNUSED int attempt_guard_new(sd_event *event, Manager *manager, AttemptWatch **ret);

/* A job begins to wait: those of attempts get what the watch has learnt. */
void attempt_guard_begin_job(AttemptWatch *watch, JobRequest *request);
