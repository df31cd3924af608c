/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the name of a systemd unit says of what a job on it may have changed. Pure. */

#include "util/macro.h"

/* May a program have begun or ceased to listen? */
bool unit_name_is_of_service(const char *unit);

/* Is it a mail server's? "postfix@-.service", too. */
bool unit_name_is_of_mta(const char *unit);
