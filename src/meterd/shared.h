/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Asks the server that several mail servers count with, by smtp-restrictions-shared, which has the
 * network and the password. Nothing here waits: what is not answered in time is decided without it,
 * and until it has answered again so is everything.
 */

#include <systemd/sd-event.h>

#include "meter/ledger-shared.h"

#define SHARED_SOCKET "/run/smtp-restrictions-shared.socket"

typedef struct Shared Shared;

/* Called once for each question: with the answered call, or NULL: it is to be decided by what is
 * known here. */
typedef void (*SharedHandler)(const LedgerCall *call, void *userdata);

/* All of it is borrowed until the handler is called. */
typedef struct SharedQuestion {
        const char *id;        /* NULL: nothing is to be counted */
        const Subjects *names; /* NULL: may the message, which is held, go? */
        uint32_t recipients;
        SharedHandler handler;
        void *userdata;
} SharedQuestion;

/* The server answers, or does not (any more). */
typedef void (*SharedWatcher)(bool is_reached, void *userdata);

/* `host`: the word by which the server knows this one; NULL: made of the machine's id.
 * `wait_usec`: so long an answer may take. Return: 0 or
 * a negative errno. */
WARN_UNUSED int shared_new(
                sd_event *event,
                const char *path,
                const char *host,
                uint64_t wait_usec,
                Ledger *ledger,
                SharedWatcher watcher,
                void *userdata,
                Shared **ret);
/* Whoever waits is told to decide by himself. */
Shared *shared_free(Shared *shared);
DEFINE_CLEANUP(Shared, shared_free)

/* Begin (anew) with that server, or with none (NULL); `percent` of each limit is this host's own
 * while it is not there. Return: 0 or -ENOMEM. */
WARN_UNUSED int shared_set(Shared *shared, const char *url, uint32_t percent);

/* The answer may come before this returns. */
void shared_ask(Shared *shared, const SharedQuestion *question);

/* Is there a server, and does it answer? */
bool shared_is_in_use(const Shared *shared);
bool shared_is_reached(const Shared *shared);
