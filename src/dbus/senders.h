/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who calls: the uid behind each unique bus name that has called, asked of the bus once, and word
 * when one of them leaves. Never blocks. A name is never given to another connection, so what was
 * learned stays true until it leaves.
 */

#include <systemd/sd-bus.h>

#include "util/macro.h"

#define SENDERS_MAX 256 /* remembered at a time; one user may have 255 connections */

typedef enum SenderState {
        SENDER_ASKED,  /* the bus has not answered yet */
        SENDER_KNOWN,  /* .uid is valid */
        SENDER_FAILED, /* the bus cannot tell */
} SenderState;

typedef struct Sender {
        struct Sender *next;
        struct Senders *senders;
        sd_bus_slot *slot; /* of the question, while it is asked */
        char *name;        /* owned: the unique name */
        SenderState state;
        uint32_t uid;
        unsigned call_count; /* calls that hold it; kept by sender_take() and sender_drop() */
} Sender;

typedef struct Senders Senders;

typedef struct SenderHandlers {
        /* The state has changed from SENDER_ASKED. */
        void (*answered)(Sender *sender, void *userdata);
        /* It left the bus: drop every call that holds it. */
        void (*gone)(Sender *sender, void *userdata);
        void *userdata;
} SenderHandlers;

WARN_UNUSED int senders_new(sd_bus *bus, const SenderHandlers *handlers, Senders **ret);
Senders *senders_free(Senders *senders);
DEFINE_CLEANUP(Senders, senders_free)

enum { SENDERS_E_FULL = 1 };

/*
 * The sender of that unique name, for one call more; asks the bus if it is new. Return: 0,
 * SENDERS_E_FULL, a negative errno.
 */
WARN_UNUSED int sender_take(Senders *senders, const char *name, Sender **ret);
/* One call less. */
void sender_drop(Sender *sender);
