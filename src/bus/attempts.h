/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The second interface: one signal. A broadcast, so that nobody has to subscribe and be kept in
 * mind; who receives it is the bus's policy (dbus/, root and group adm).
 */

#include "bus/service.h"

WARN_UNUSED int attempts_publish(Bus *bus, sd_bus_slot **ret);

/* Logs its failures. */
void attempts_emit(Bus *bus, const AttemptNotice *notice, uint64_t count);
