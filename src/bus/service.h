/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Within src/bus: what the vtable, the methods and bus.c share. */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bus/public-state.h"
#include "dbus/calls.h"

typedef struct Bus {
        sd_event *event;
        sd_bus *connection;
        /* Our own questions. The bus drops what does not fit into a connection's queue, answers
         * too, and a stranger can fill the queue of the other one. */
        sd_bus *questions;
        Manager *manager;
        Calls *calls;
        sd_bus_slot *object;
        sd_bus_slot *attempts; /* the second interface */
        PublicState state;     /* as read in that turn of the event loop */
        uint64_t state_turn;   /* sd_event_get_iteration() */
        PublicState announced;
} Bus;

/* vtable.c */
extern const sd_bus_vtable service_vtable[];

/* methods.c, methods-answer.c: handlers for the vtable. */
int method_run_job(sd_bus_message *m, void *userdata, sd_bus_error *reterr);
int method_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr);
/* An error for the caller; what nobody has put into words goes to the log. Always negative. */
int method_fail(const char *method, int r, const Failure *failure, sd_bus_error *reterr);

/* bus.c: */
int property_get(
                sd_bus *connection,
                const char *path,
                const char *interface,
                const char *property,
                sd_bus_message *reply,
                void *userdata,
                sd_bus_error *reterr);

/* Send PropertiesChanged for what is no longer as announced. Logs its failures. */
void bus_announce(Bus *bus, const PublicState *now);
