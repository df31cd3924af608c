/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When to look who listens, which the kernel tells nobody: shortly after something was started or
 * ended, or a user was refused, and a few seconds later again, as a program may take its time; and
 * once a minute, for what is started in no way that is told. Belongs to the event loop; knows the
 * time alone.
 */

#include <systemd/sd-event.h>

#include "util/macro.h"

typedef struct ListenWatch ListenWatch;

WARN_UNUSED int listen_watch_new(
                sd_event *event, void (*look)(void *userdata), void *userdata, ListenWatch **ret);
ListenWatch *listen_watch_free(ListenWatch *watch);
DEFINE_CLEANUP(ListenWatch, listen_watch_free)

/* Is there anything that a listener could be in conflict with? If not, nothing wakes the service;
 * it begins with a look. */
void listen_watch_set_enabled(ListenWatch *watch, bool enabled);

/* It may be another one now. */
void listen_watch_hurry(ListenWatch *watch);
