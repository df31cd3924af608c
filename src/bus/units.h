/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Tells the manager when systemd has started or ended a unit: it tells nobody who has not asked. */

#include <systemd/sd-bus.h>

#include "core/manager.h"

/* For as long as the connection lives; the manager has to live longer. Where there is no systemd,
 * nothing is told. Return: 0 or a negative errno. */
WARN_UNUSED int units_follow(sd_bus *connection, Manager *manager);
