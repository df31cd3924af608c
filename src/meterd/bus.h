/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The meter on the system bus: its name, its object, who may call what. Mail never depends on it:
 * without a bus, or when it goes away, all else goes on, and the bus is looked for again. Nothing
 * here waits; whoever asks on the bus comes after Exim.
 */

#include "meter/ledger.h"

typedef struct Meter Meter;
typedef struct MeterBus MeterBus;

/* When the meter answers Exim. Logs that there is no bus. Return: 0 or a negative errno. */
WARN_UNUSED int meter_bus_new(Meter *meter, MeterBus **ret);
/* Drops the calls that wait. Before the meter's parts are freed. */
MeterBus *meter_bus_free(MeterBus *bus);
DEFINE_CLEANUP(MeterBus, meter_bus_free)

/* Does a call wait for what is not being written yet? */
bool meter_bus_is_waiting(const MeterBus *bus);
/* The meter's batch `number` and all before it are on the disk; `r` is negative: that one is not.
 */
void meter_bus_written(MeterBus *bus, uint64_t number, int r);

/* Signals, for root and group adm: what the ledger tells; and that a subject is suspended, "hold"
 * or "reject", or not any more, "none". Log their failures. */
void meter_bus_tell(MeterBus *bus, const LedgerEvent *event);
void meter_bus_tell_suspended(MeterBus *bus, const char *subject, const char *action);
