/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The service on the system bus: dbus-api.md as code. Translates; what is done is core's business.
 * Never blocks the event loop.
 */

#include <systemd/sd-event.h>

#include "core/manager.h"

typedef struct Bus Bus;

/*
 * Connect, put up the object, take the name. To be called when the manager has recovered: whoever
 * sees the name sees what is in force. Ends the event loop with a failure when the bus goes away.
 */
WARN_UNUSED int bus_new(sd_event *event, Manager *manager, Bus **ret);
/* Before the manager is freed. */
Bus *bus_free(Bus *bus);
DEFINE_CLEANUP(Bus, bus_free)
