/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The first thing that is set by name needs an Exim that asks, and the last that is taken back one
 * that does not ask any more. The service sees to it, and is told here: it looks for itself what
 * there is, and says when that is so. Whoever asks gets an answer to a call that began after he had
 * asked; and calls are one after the other.
 */

#include "meterd/bus-service.h"

/* `error`: 0 or a negative errno; `text`: why, of strangers' bytes. */
typedef void (*BusHooksHandler)(int error, const char *text, void *userdata);

/* Is what Exim does perhaps not what is needed? */
bool bus_hooks_are_due(const MeterBus *bus);
/* Does Exim ask because of limits that are for all? */
bool bus_hooks_have_limits(const MeterBus *bus);
/* Return: 0: the handler will be called; -ENOMEM. */
WARN_UNUSED int bus_hooks_update(MeterBus *bus, BusHooksHandler handler, void *userdata);

/* On the bus again: what nobody has heard of yet is said. */
void bus_hooks_begin(MeterBus *bus);
/* Whoever waits is told that there is no bus. */
void bus_hooks_end(MeterBus *bus);
