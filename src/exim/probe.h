/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a configuration does at run time, seen by trying: SMTP sessions that Exim pretends to have
 * (exim -bh), step by step, routes (exim -bt), and a message of a program on this host. Here are
 * the classes, and the comparison of two configurations. Pure; smtp-restrictions-check tries.
 */

#include "util/macro.h"

/* The sender domain and the account of all probes: reserved, no real mail has them. */
#define EXIM_PROBE_DOMAIN "selftest.invalid"
#define EXIM_PROBE_USER   "selftest"

typedef enum EximProbeClass {
        EXIM_PROBE_UNKNOWN, /* not tried, no end in time, or it hangs on a name server */
        EXIM_PROBE_GOOD,
        EXIM_PROBE_REFUSED, /* as the configuration wants it: 5xx, a 4xx with words of its own */
        EXIM_PROBE_BROKEN,  /* Exim cannot follow its configuration: mail stops here */
} EximProbeClass;

typedef struct EximProbe {
        EximProbeClass class;
        char *words; /* owned: Exim's, if it is broken; may be NULL */
} EximProbe;

typedef enum EximClient {
        EXIM_CLIENT_LOCAL,
        EXIM_CLIENT_AUTHENTICATED,
        EXIM_CLIENT_REMOTE,
        _EXIM_CLIENT_MAX,
} EximClient;

enum { EXIM_STEPS = 8 }; /* of a session: each has its probe */

/* The other probes. */
typedef enum EximDeed {
        EXIM_DEED_ROUTE_LOCAL,
        EXIM_DEED_ROUTE_REMOTE,
        EXIM_DEED_SUBMIT, /* as sendmail(8) does */
        _EXIM_DEED_MAX,
} EximDeed;

enum { EXIM_PROBES = _EXIM_CLIENT_MAX * EXIM_STEPS + _EXIM_DEED_MAX };

/* All probes of one configuration: the sessions' steps, client by client, then the rest. */
typedef struct EximProbes {
        EximProbe items[EXIM_PROBES];
} EximProbes;

void exim_probes_done(EximProbes *probes);

/* Is anything broken? */
bool exim_probes_are_broken(const EximProbes *probes);

/*
 * What is broken now that was not before, for people to read: where, and Exim's words, with the
 * real path in place of the staged one. The caller frees. Return: 0, -ENOENT if there is no such
 * thing, -ENOMEM.
 */
WARN_UNUSED int exim_probes_compare(
                const EximProbes *before,
                const EximProbes *now,
                const char *staged,
                const char *real,
                char **ret_text);
