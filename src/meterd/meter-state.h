/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the meter share, and nobody else knows. */

#include "meter/activity-keep.h"
#include "meterd/bus.h"
#include "meterd/follower.h"
#include "meterd/ident.h"
#include "meterd/meter.h"
#include "meterd/orders.h"
#include "meterd/server.h"
#include "meterd/settings.h"
#include "meterd/shared.h"
#include "meterd/subject-table.h"
#include "meterd/web-watch.h"
#include "meterd/writer.h"

struct Meter {
        sd_event *event;         /* owned */
        Settings *settings;      /* owned */
        SubjectTable *subjects;  /* owned */
        Ledger *ledger;          /* owned */
        Activity *activity;      /* owned */
        Follower *follower;      /* owned */
        Store *open;             /* owned; NULL: it could not be opened */
        Writer *writer;          /* owned */
        Ident *ident;            /* owned */
        Shared *shared;          /* owned */
        Server *server;          /* owned */
        MeterBus *bus;           /* owned; NULL until Exim is answered */
        WebWatch *web;           /* owned */
        sd_event_source *tick;   /* owned */
        Orders orders;           /* owned */
        int runtime_fd;          /* owned */
        uint64_t tick_usec;      /* from one to the next */
        uint64_t written_usec;   /* when the writer got its last batch */
        uint64_t written_offset; /* the place in the log of that */
        uint64_t batch_number;   /* of it */
        bool write_failing;
        bool open_failing;
        bool told_of_no_room;
};

/* What is in the disks and in Exim's log comes into a ledger, and the writer takes over. All that
 * was counted is in memory then. Logs what fails. Return: 0 or a negative errno. */
WARN_UNUSED int meter_load(
                Meter *meter, const MeterOptions *options, const FollowerHandlers *handlers);

/* Memory and disks may not agree any more: a new start brings all of it back. */
void meter_give_up(Meter *meter, int error);

/* Something is to be done soon. */
void meter_wake(Meter *meter);

/* meter-ask.c: the server's handler. */
void meter_on_ask(ServerClient *client, const MeterRequest *request, void *userdata);

/* Name what may go, and what is to be removed: some of it, the rest within a second. */
void meter_give_orders(Meter *meter);

/* The limits of the settings. */
void meter_set_rules(Meter *meter);

/* What was promised has to outlive this process. */
void meter_keep(Meter *meter);

/* Hand what has changed to the writer, if it has time. */
void meter_write_changes(Meter *meter);
/* Write it and the place in the log, and wait. */
void meter_write_last(Meter *meter);
/* The same without a writer. Return: 0, also if the disk has not taken it; -ENOMEM. */
WARN_UNUSED int meter_write_now(Meter *meter, Store *store);
/* The store is taken over on success. Return: 0 or a negative errno. */
WARN_UNUSED int meter_start_writer(Meter *meter, Store *store);
