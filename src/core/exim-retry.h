/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When to try Exim's part again that a change had to do without: the end of a trial, a start. What
 * kept it from working may have passed (a full disk, a unit that was just being restarted). A few
 * times, ever later; then it waits for a Reload, the next change or start. Belongs to the event
 * loop; knows the time, and nothing of Exim.
 */

#include "core/manager.h"

typedef struct EximRetry EximRetry;

/* How long until it is tried again, so many times in a row having been in vain; 0: not any more.
 * Pure. */
uint64_t exim_retry_delay_usec(unsigned tried);

WARN_UNUSED int exim_retry_new(sd_event *event, Manager *manager, EximRetry **ret);
EximRetry *exim_retry_free(EximRetry *retry);
DEFINE_CLEANUP(EximRetry, exim_retry_free)

/* A job has ended. Logs its failures. */
void exim_retry_follow(EximRetry *retry, const Snapshot *snapshot);
