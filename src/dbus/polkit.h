/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One question to polkit: may the owner of this bus name do that? Asynchronous, with a deadline of
 * its own. Everything but a plain yes is a no: polkit may be missing, masked or silent.
 */

#include <systemd/sd-bus.h>

#include "util/string-list.h"

typedef enum PolkitVerdict {
        POLKIT_GRANTED,
        POLKIT_DENIED,
        POLKIT_CHALLENGE,   /* somebody would have to be asked, or nobody is there to ask */
        POLKIT_UNREACHABLE, /* no answer of polkit's; `reason` says why */
} PolkitVerdict;

typedef struct PolkitQuestion {
        const char *sender;        /* the unique bus name of who wants it */
        const char *action;        /* the polkit action */
        const StringList *details; /* key, value, key, value...; NULL: none */
        bool interactive;          /* polkit may ask people */
        uint64_t timeout_usec;
        uint64_t id; /* another one for each question of this connection: names it when it is
                        taken back */
} PolkitQuestion;

typedef struct PolkitQuery PolkitQuery;

/* Called once. `reason` ends with the call; it is foreign text for POLKIT_UNREACHABLE, else NULL.
 * The query may be freed in it. */
typedef void (*PolkitHandler)(PolkitVerdict verdict, const char *reason, void *userdata);

WARN_UNUSED int polkit_ask(
                sd_bus *bus,
                const PolkitQuestion *question,
                PolkitHandler handler,
                void *userdata,
                PolkitQuery **ret);

/* A query without an answer is taken back: polkit closes the dialogue. The handler is not called.
 */
PolkitQuery *polkit_query_free(PolkitQuery *query);
DEFINE_CLEANUP(PolkitQuery, polkit_query_free)
