/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The administrator's own programs, run for each event: those in a folder. */

#include "util/string-list.h"

#define HOOKS_FOLDER "/etc/smtp-restrictions/notify.d"
#define HOOKS_MAX    16 /* more are not run */

/* Their paths in the order of their names. What an editor or dpkg left is none, nor what cannot be
 * executed. A folder that is not there has none. Return: 0 or a negative errno. */
WARN_UNUSED int hooks_list(const char *folder, StringList *ret);
