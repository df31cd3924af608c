/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The signals of service and meter, from nobody else, as events (notify/event.h). */

#include <systemd/sd-event.h>

#include "notify/outbox.h"

typedef struct Signals Signals;

/* When the bus goes, the loop ends with a failure. Return: 0 or a negative errno. */
WARN_UNUSED int signals_new(sd_event *event, Outbox *outbox, Signals **ret);
Signals *signals_free(Signals *signals);
DEFINE_CLEANUP(Signals, signals_free)
