/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a user of this host can really reach: connections that are begun, and the sendmail program,
 * in a child that is that user. Nothing is sent to anybody.
 */

#include <netinet/in.h>
#include <pwd.h>

#include "util/macro.h"

typedef enum ProbeResult {
        PROBE_SILENT,    /* it left this host, and nothing came back in time */
        PROBE_CONNECTED, /* somebody answers */
        PROBE_REFUSED,
        PROBE_NO_ROUTE, /* it cannot leave, whoever tries */
        PROBE_FAILED,   /* another error */
        _PROBE_RESULT_MAX,
} ProbeResult;

/* Addresses at which nothing answers anywhere: for documentation (RFC 5737, RFC 3849). Who is
 * connected there has been redirected. */
#define PROBE_ADDRESS_V4 "192.0.2.1"
#define PROBE_ADDRESS_V6 "2001:db8::2525"

typedef struct ProbeConnection {
        int family; /* AF_INET or AF_INET6 */
        uint16_t port;
        ProbeResult result;
} ProbeConnection;

#define PROBE_CONNECTIONS_MAX 64

typedef struct Probe {
        ProbeConnection connections[PROBE_CONNECTIONS_MAX];
        size_t count;
        ProbeResult sendmail; /* CONNECTED: it takes a recipient of this host; NO_ROUTE: there is
                                 none */
} Probe;

/* As `user`, or as who calls (NULL). Takes some seconds where nothing answers. Return: 0 or a
 * negative errno. */
WARN_UNUSED int probe_run(Probe *probe, const struct passwd *user);
