/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Notices that users, groups or mail servers of this host may be others, and has the manager follow
 * them: when /etc/passwd, /etc/group or a mail server's program changes, after some seconds of
 * quiet; when a mail server was started or ended; and every five minutes where names come from
 * elsewhere, which nobody tells of. Belongs to the event loop. Reads nothing but
 * /etc/nsswitch.conf.
 */

#include "core/manager.h"

typedef struct NamesWatch NamesWatch;

WARN_UNUSED int names_watch_new(sd_event *event, Manager *manager, NamesWatch **ret);
NamesWatch *names_watch_free(NamesWatch *watch);
DEFINE_CLEANUP(NamesWatch, names_watch_free)

/* A mail server was started or ended: look soon. */
void names_watch_hurry(NamesWatch *watch);
/* A job has just looked at all of it. */
void names_watch_calm(NamesWatch *watch);
