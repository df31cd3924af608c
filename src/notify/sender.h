/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Gives orders (notify/order.h), one at a time, without waiting. */

#include <systemd/sd-event.h>

#include "util/macro.h"

typedef struct Sender {
        sd_event *event;         /* borrowed */
        sd_event_source *answer; /* owned; NULL: no order is on its way */
        int fd;                  /* owned */
        void (*done)(void *userdata, bool success);
        void *userdata;
} Sender;

void sender_done(Sender *sender);

static inline bool sender_is_busy(const Sender *sender) {
        return sender->answer;
}

/* Return: 0, and done() is called when there is an answer; or a negative errno, and it is not. */
WARN_UNUSED int sender_send(Sender *sender, const char *order);
