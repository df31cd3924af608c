/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The meter as a whole: brings the ledger back from the disks and from Exim's log, and then answers
 * and keeps it there. */

#include <systemd/sd-event.h>

#include "util/macro.h"

typedef struct MeterOptions {
        const char *config;    /* path of meter.json */
        const char *ident;     /* path of the socket of who knows the owners of connections */
        const char *shared;    /* path of the socket of who reaches the server of shared counters */
        const char *host;      /* the word for this host there; NULL: of its machine id */
        uint64_t wait_usec;    /* for an answer of that server */
        const char *state_dir; /* durable */
        const char *runtime_dir; /* lost with the machine, kept over a restart */
        int listen_fd;           /* borrowed */
} MeterOptions;

typedef struct Meter Meter;

/* Returns when it knows all that it knew before. Logs what fails. Return: 0 or a negative errno. */
WARN_UNUSED int meter_new(sd_event *event, const MeterOptions *options, Meter **ret);
/* Writes what is not on disk yet. */
Meter *meter_free(Meter *meter);
DEFINE_CLEANUP(Meter, meter_free)
