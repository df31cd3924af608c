/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the rows of the table in bus-methods.c name: read() and act() of each method, see BusMethod.
 * Each group is in a file of its own. */

#include "meterd/bus-service.h"

int bus_read_usage(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_get_usage(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_usage_filter(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_list_usage(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_report(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_report(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_reset_usage(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_held(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_list_held(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_held_change(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_release_held(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_discard_held(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_settings(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_set_subject(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_suspension(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_suspend_subject(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_resumption(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_resume_subject(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
int bus_read_subjects(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
int bus_list_subjects(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
