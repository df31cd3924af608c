/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a command gets to work with, and the commands. main.c has the table of them. */

#include "ctl/arguments.h"
#include "ctl/call.h"
#include "ctl/paint.h"

typedef struct Context {
        Caller caller;
        Style style;
        bool json;            /* for programs: the answer as JSON */
        bool yes;             /* do not ask */
        uint32_t try_seconds; /* the change is on trial; 0: it is not */
} Context;

/* `words` are what follows the command's own words. */
typedef ExitCode (*Command)(Context *context, const char *const words[], size_t count);

ExitCode command_status(Context *context, const char *const words[], size_t count);
ExitCode command_enable(Context *context, const char *const words[], size_t count);
ExitCode command_disable(Context *context, const char *const words[], size_t count);
ExitCode command_reload(Context *context, const char *const words[], size_t count);
ExitCode command_limits_show(Context *context, const char *const words[], size_t count);
ExitCode command_limits_set(Context *context, const char *const words[], size_t count);
ExitCode command_limits_reset(Context *context, const char *const words[], size_t count);
ExitCode command_policy_show(Context *context, const char *const words[], size_t count);
ExitCode command_policy_set(Context *context, const char *const words[], size_t count);
ExitCode command_preview(Context *context, const char *const words[], size_t count);
ExitCode command_verify(Context *context, const char *const words[], size_t count);
ExitCode command_allowed(Context *context, const char *const words[], size_t count);
ExitCode command_try(Context *context, const char *const words[], size_t count);
ExitCode command_confirm(Context *context, const char *const words[], size_t count);
ExitCode command_cancel(Context *context, const char *const words[], size_t count);
ExitCode command_history(Context *context, const char *const words[], size_t count);
ExitCode command_rollback(Context *context, const char *const words[], size_t count);

/* How long, as --try and `try` take it. Errors are reported. */
ExitCode command_read_duration(Context *context, const char *string);

/* Try the KEY=VALUE words for so long. */
ExitCode command_try_change(Context *context, const char *const words[], size_t count);

/*
 * Parse KEY=VALUE words and append them to `call` as a{sv}; asks the service for its policy where a
 * += needs it. Errors are reported.
 */
ExitCode command_append_change(
                Context *context,
                const char *const words[],
                size_t count,
                ArgumentScope scope,
                sd_bus_message *call);
