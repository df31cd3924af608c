/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a command gets to work with, and the commands. main.c has the table of them. */

#include "ctl/arguments.h"
#include "ctl/call.h"
#include "ctl/grant.h"
#include "ctl/paint.h"

typedef struct Context {
        Caller caller;
        Style style;
        bool json;              /* for programs: the answer as JSON */
        bool yes;               /* do not ask */
        uint32_t try_seconds;   /* the change is on trial; 0: it is not */
        uint32_t since_seconds; /* what is older is left out; 0: nothing is */
        uint32_t most;          /* so many entries; 0: as many as fit a screen */
        Grant grant;
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
ExitCode command_explain(Context *context, const char *const words[], size_t count);
ExitCode command_verify(Context *context, const char *const words[], size_t count);
ExitCode command_allowed(Context *context, const char *const words[], size_t count);
ExitCode command_try(Context *context, const char *const words[], size_t count);
ExitCode command_confirm(Context *context, const char *const words[], size_t count);
ExitCode command_cancel(Context *context, const char *const words[], size_t count);
ExitCode command_history(Context *context, const char *const words[], size_t count);
ExitCode command_rollback(Context *context, const char *const words[], size_t count);

ExitCode command_observe(Context *context, const char *const words[], size_t count);
ExitCode command_top(Context *context, const char *const words[], size_t count);
ExitCode command_watch(Context *context, const char *const words[], size_t count);
ExitCode command_attempts_reset(Context *context, const char *const words[], size_t count);
ExitCode command_allow(Context *context, const char *const words[], size_t count);
ExitCode command_disallow(Context *context, const char *const words[], size_t count);
ExitCode command_exceptions(Context *context, const char *const words[], size_t count);

/* How long, as --try, --for and `try` take it. Errors are reported. */
ExitCode command_read_duration(const char *string, uint32_t *ret);
/* PORT[,PORT...] of --port, behind those that are there. Errors are reported. */
ExitCode command_read_ports(Context *context, const char *string);

/* -n. */
ExitCode command_read_most(Context *context, const char *string);

/* As JSON, or as `show` shows it. */
typedef void (*Show)(const json_t *answer, const Style *style, Text *text);
ExitCode command_print_answer(const Context *context, const json_t *answer, Show show);

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
