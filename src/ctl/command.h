/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a command gets to work with, and what several of them need. */

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
        const char *kind;       /* of subjects; NULL: all */
        const char *file;       /* to read a policy from; "-": standard input */
        bool check;             /* change nothing */
        bool strict;            /* import: all of it or nothing */
        bool pager;             /* for what is longer than the screen */
        bool complete;          /* no command, but what may follow the words */
        Grant grant;
} Context;

/* How long, as --try, --for and `try` take it. Errors are reported. */
ExitCode command_read_duration(const char *string, uint32_t *ret);
/* PORT[,PORT...] of --port, behind those that are there. Errors are reported. */
ExitCode command_read_ports(Context *context, const char *string);

/* What was typed behind a question. */
bool command_is_answered_yes(void);

/* -n. */
ExitCode command_read_most(Context *context, const char *string);

/* As JSON, or as `show` shows it. */
typedef void (*Show)(const json_t *answer, const Style *style, Text *text);
ExitCode command_print_answer(const Context *context, const json_t *answer, Show show);

/* The answer of a method that takes nothing. */
ExitCode command_call_plain(Context *context, const char *method, json_t **ret);

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

/* This whole policy in place of the one that is there, if that is still the one of `generation` (0:
 * any). The answer, whether that is a change, is the caller's. Errors are reported. */
ExitCode command_replace_policy(
                Context *context, const Change *change, uint64_t generation, json_t **ret_changed);

/* Explain's answer about a connection of this user, or of the caller (NULL). Errors are reported.
 */
ExitCode command_explain_address(
                Context *context,
                const char *user,
                const char *address,
                uint16_t port,
                json_t **ret);
