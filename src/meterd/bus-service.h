/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the meter's bus share. */

#include <systemd/sd-bus.h>

#include "dbus/calls.h"
#include "meter/subject-text.h"
#include "meterd/bus.h"
#include "meterd/meter-state.h"
#include "util/failure.h"
#include "util/signal-pace.h"

/* As the log's: whoever is asked by Exim comes first. */
#define METER_BUS_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 20)

typedef struct BusPromise BusPromise;
typedef struct BusHooksWait BusHooksWait;

struct MeterBus {
        Meter *meter;               /* borrowed */
        sd_bus *connection;         /* owned; NULL: there is no bus */
        sd_bus *questions;          /* owned: our own, so that no stranger's calls crowd them out */
        Calls *calls;               /* owned */
        sd_event_source *retry;     /* owned: on while there is no bus */
        uint64_t retry_usec;        /* after which it is looked for again */
        bool failing;               /* and that was said */
        BusPromise *first_promise;  /* owned: answers that wait for the disk */
        sd_bus_slot *hooks_slot;    /* owned: of the call that tells the service (bus-hooks.h) */
        BusHooksWait *hooks_called; /* owned: who waits for its answer */
        BusHooksWait *hooks_waiting; /* owned: ... for that of the next one */
        bool hooks_wanted;           /* as of that call */
        bool has_hooks;              /* those for what is set by name, as far as is known */
        SignalPace paces[_LEDGER_EVENT_KIND_MAX];
};

/* What a call asks for. */
typedef struct BusRequest {
        void *arguments;    /* owned: as read, of the method's own type */
        StringList details; /* for polkit: key, value, ... */
        bool about_uid;     /* it is about the mail of that user, who needs no action for it */
        uint32_t uid;
} BusRequest;

typedef struct BusMethod {
        const char *name;
        const char *action;
        /* Arguments to request. Changes and reveals nothing. */
        int (*read)(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);
        /* Answer, now or later; later *call is taken over. Return: 0, or a negative errno. */
        int (*act)(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr);
} BusMethod;

/* bus-methods.c: the handler of all methods, and what the vtable is in. */
int bus_method(sd_bus_message *m, void *userdata, sd_bus_error *reterr);
extern const sd_bus_vtable meter_bus_vtable[];

/* Append to the details. Return: 0 or -ENOMEM. */
WARN_UNUSED int bus_add_detail(BusRequest *request, const char *key, const char *value);
/* Who has which uid now; may be NULL. */
const UserNames *bus_users(MeterBus *bus);
/* A subject, as it is always written, so that a rule can compare it. */
WARN_UNUSED int bus_add_subject_detail(MeterBus *bus, BusRequest *request, const Subject *subject);
/* s: a subject. The arguments are a Subject then, and a detail tells it. */
WARN_UNUSED int bus_read_subject(
                MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr);

/* bus-held.c: an entry "Subjects", as. */
WARN_UNUSED int bus_append_subjects(
                sd_bus_message *m, const char *const names[], const UserNames *users);

/* bus-promise.c: an answer for when what was changed is on the disk: nothing, or the count. Takes
 * *call over on success. Return: 0 or -ENOMEM. */
WARN_UNUSED int bus_promise(MeterBus *bus, Call **call, const uint32_t *count);
