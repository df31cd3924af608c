/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Tells of attempts: to whoever watches, and to the journal; and says when the counts are worth
 * saving. Belongs to the event loop, which it wakes only when somebody tries, and once some
 * minutes later.
 */

#include <systemd/sd-event.h>

#include "core/attempt-notice.h"

typedef struct AttemptWatch AttemptWatch;

typedef struct AttemptWatchCallbacks {
        /* `count` attempts of this user since the last one that was told, this one the last */
        void (*attempt)(const AttemptNotice *notice, uint64_t count, void *userdata);
        void (*save)(void *userdata);
        void *userdata;
} AttemptWatchCallbacks;

/* Where the kernel's messages cannot be had, that is said and all the rest works. Return: 0 or a
 * negative errno. */
WARN_UNUSED int attempt_watch_new(
                sd_event *event, const AttemptWatchCallbacks *callbacks, AttemptWatch **ret);
AttemptWatch *attempt_watch_free(AttemptWatch *watch);
DEFINE_CLEANUP(AttemptWatch, attempt_watch_free)

/* The counts were put back as they were some time ago: what the kernel has counted by now is told
 * by nobody any more. Return: 0 or a negative errno; then one message may say too much. */
WARN_UNUSED int attempt_watch_recount(AttemptWatch *watch);

/* Who has begun to try since this was taken last. */
AttemptBook attempt_watch_take_fresh(AttemptWatch *watch);
