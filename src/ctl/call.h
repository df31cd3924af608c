/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The connection to the service and the meter: calls that may ask for a password, and their errors
 * in words. */

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "ctl/agent.h"
#include "ctl/outcome.h"

typedef struct Caller {
        sd_bus *bus; /* owned; NULL until the first call */
        Agent agent;
        bool ask_password; /* polkit may ask somebody */
        const char *host;  /* [USER@]HOST, by ssh; NULL: this one */
} Caller;

void caller_done(Caller *caller);

/* A call of the service's own interface, connecting first if need be. Errors are reported. */
ExitCode call_new(Caller *caller, const char *method, sd_bus_message **ret);
/* The same of the mail meter's. */
ExitCode call_new_meter(Caller *caller, const char *method, sd_bus_message **ret);

/*
 * Send it and wait. The answer is the caller's, as JSON; `ret` may be NULL.
 * Return: 0, or a negative errno with *reterr set.
 */
WARN_UNUSED int call_send(Caller *caller, sd_bus_message *call, json_t **ret, sd_bus_error *reterr);

/* The error in words on standard error. Return: its exit code. */
ExitCode call_report(const sd_bus_error *error);

/* call_send() and call_report(). */
ExitCode call_finish(Caller *caller, sd_bus_message *call, json_t **ret);
