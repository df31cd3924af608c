/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Asks smtp-restrictions-identd which local user owns a connection, without ever waiting. */

#include <systemd/sd-event.h>

#include "meter/request.h"

#define IDENT_SOCKET "/run/smtp-restrictions-ident.socket"

typedef struct Ident Ident;

typedef enum IdentOwner {
        IDENT_OWNER_UNKNOWN, /* nobody has said in time */
        IDENT_OWNER_ELSEWHERE,
        IDENT_OWNER_KNOWN,
        IDENT_OWNER_GONE, /* from here, by somebody who has hung up already */
} IdentOwner;

/* Called once for each question. `uid` is that of a known one. */
typedef void (*IdentHandler)(IdentOwner owner, uint32_t uid, void *userdata);

WARN_UNUSED int ident_new(sd_event *event, const char *path, Ident **ret);
/* Whoever waits is told that nobody knows. */
Ident *ident_free(Ident *ident);
DEFINE_CLEANUP(Ident, ident_free)

/* The answer may come before this returns: an address that is elsewhere is asked about once a
 * second only. Return: 0 or -ENOMEM, and no answer will come. */
WARN_UNUSED int ident_ask(
                Ident *ident, const MeterRequest *request, IdentHandler handler, void *userdata);

/* Hang up if nothing was asked for a while. */
void ident_end_idle(Ident *ident, uint64_t now_usec);
