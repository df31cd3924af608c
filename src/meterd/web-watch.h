/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Looks now and then which web users send much, and leaves a file of its name for each: see
 * policy/web-users.h. */

#include "meter/ledger.h"
#include "meterd/settings.h"

typedef struct WebWatch WebWatch;

/* What an earlier run has left is removed. Return: 0 or a negative errno. */
WARN_UNUSED int web_watch_new(const char *runtime_dir, WebWatch **ret);
WebWatch *web_watch_free(WebWatch *watch);
DEFINE_CLEANUP(WebWatch, web_watch_free)

/* Call it as often as you like: most of the time it does nothing. */
void web_watch_look(
                WebWatch *watch,
                Ledger *ledger,
                Settings *settings,
                int64_t now_sec,
                uint64_t now_usec);
