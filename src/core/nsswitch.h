/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where users and groups come from, as nsswitch.conf(5) says. Pure. */

#include "util/macro.h"

/* Do any come from elsewhere than files below /etc, which can be watched (LDAP, SSSD, ...)? */
bool nsswitch_asks_others(const char *text);
