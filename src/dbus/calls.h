/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Calls that wait: for the bus to say who calls, for polkit, for their turn. Every queue is
 * bounded, and a caller that leaves takes its calls with it.
 *
 * A method runs from its top each time something it waited for has come: calls_resume(), read,
 * check, calls_authorize(), act. Until calls_authorize() returns 0 nothing may change or be
 * revealed.
 */

#include <systemd/sd-bus.h>

#include "util/string-list.h"

typedef struct Calls Calls;
typedef struct Call Call;

/* The calls come over `bus`; the bus and polkit are asked about them over `questions`. */
WARN_UNUSED int calls_new(sd_bus *bus, sd_bus *questions, Calls **ret);
/* Drops what waits, without replies. */
Calls *calls_free(Calls *calls);
DEFINE_CLEANUP(Calls, calls_free)

/* The call that waited as this message, now the caller's; NULL the first time. */
Call *calls_resume(Calls *calls, sd_bus_message *m);

/* The call is over: nothing is replied. What it waits for is taken back. */
Call *call_free(Call *call);
DEFINE_CLEANUP(Call, call_free)

typedef struct CallQuestion {
        const char *actions[3];    /* polkit's; all must be granted; NULL: no further one */
        const StringList *details; /* for polkit: key, value, ... */
        bool optional;             /* never ask people, and a no is no error */
        bool about_caller;         /* it asks about the caller himself, who needs no action; */
        bool about_uid;            /* about .uid: likewise, if that is who calls */
        uint32_t uid;
        bool heavy; /* its message is large, and kept while it waits */
} CallQuestion;

enum {
        CALLS_E_PENDING = 1, /* the call waits; the method returns 1 and runs again later */
        CALLS_E_WITHOUT,     /* an optional question had no yes */
};

/*
 * May the caller do that? *call may be NULL at first; with CALLS_E_PENDING it is taken over and set
 * to NULL. Return: 0 and the call, CALLS_E_*, or a negative errno with *reterr set.
 */
WARN_UNUSED int calls_authorize(
                Calls *calls,
                sd_bus_message *m,
                const CallQuestion *question,
                Call **call,
                sd_bus_error *reterr);

/*
 * It is being carried out, and the call is the caller's now: call_free() when it is answered.
 * `cancel` is called when it goes before that, as who called has left.
 */
typedef void (*CallCancel)(void *userdata);
void call_set_work(Call *call, CallCancel cancel, void *userdata);

/* As long as the call is there. */
sd_bus_message *call_message(const Call *call);
/* Of one that calls_authorize() has let through. */
uint32_t call_uid(const Call *call);
