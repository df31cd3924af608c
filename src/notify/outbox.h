/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From events to mails and hooks: the bulletin, what waits to be sent, and the timer between them.
 */

#include <systemd/sd-event.h>

#include "notify/settings.h"

typedef struct Outbox Outbox;

/* Return: 0 or a negative errno. `settings` is copied, what it borrows outlives the outbox. */
WARN_UNUSED int outbox_new(sd_event *event, const Settings *settings, Outbox **ret);
Outbox *outbox_free(Outbox *outbox);
DEFINE_CLEANUP(Outbox, outbox_free)

/* An event in the form of notify/event.h. What is wrong is logged. */
void outbox_add(Outbox *outbox, const json_t *event);

/* As bulletin_forget(). */
bool outbox_forget(Outbox *outbox, const char *subject);
