/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What /etc/smtp-restrictions/notify.conf can say: systemd puts it into the environment. Pure. */

#include "notify/bulletin.h"

#define SETTINGS_TO_SIZE_MAX 254 /* of an address (RFC 5321) */

typedef struct Settings {
        const char *to; /* borrowed; "" for no mail */
        BulletinOptions bulletin;
} Settings;

/* What has a value in that list of "NAME=VALUE", and defaults else. `strings` outlives `ret`.
 * Return: 0, or -EINVAL with *reterr. */
WARN_UNUSED int settings_read(char *const strings[], Settings *ret, const char **reterr);
