/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the meter is told: meter.json, which is watched, and the files of owners and users, which
 * are looked at while there are questions. What cannot be read leaves what was before, and is said
 * once.
 */

#include <systemd/sd-event.h>

#include "meter/config.h"
#include "meter/owners.h"

typedef struct Settings Settings;

/* The configuration is another one now. */
typedef void (*SettingsHandler)(void *userdata);

/* Without the file nothing is limited. The directory has to exist. Return: 0 or a negative errno.
 */
WARN_UNUSED int settings_new(
                sd_event *event,
                const char *path,
                SettingsHandler handler,
                void *userdata,
                Settings **ret);
Settings *settings_free(Settings *settings);
DEFINE_CLEANUP(Settings, settings_free)

/* Both are valid until the event loop is entered again. */
const MeterConfig *settings_config(const Settings *settings);
/* Is there a configuration now? There is one while Exim asks. */
bool settings_are_in_use(const Settings *settings);
/* Who owns which domain now. NULL: nobody has said. */
const Owners *settings_owners(Settings *settings, uint64_t now_usec);
const UserNames *settings_users(Settings *settings, uint64_t now_usec);
