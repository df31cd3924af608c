/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The script of what is tried, and the reading of what Exim prints then. Pure. */

#include "exim/probe.h"

/* What Exim printed and how it ended; `signalled`: not by itself. */
typedef struct EximRun {
        const char *output;
        const char *errors;
        int status;
        bool signalled;
} EximRun;

/* What the client sends. `domain`: a local one. The caller frees; NULL when out of memory. */
char *exim_session_script(const char *domain);

/* A message without its end, for programs that submit one. */
extern const char exim_probe_message[];

/* Fill in the steps of a session. Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_session_read(EximProbes *probes, EximClient client, const EximRun *run);

/* Fill in a route, or the submission (exim -v). Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_deed_read(EximProbes *probes, EximDeed deed, const EximRun *run);
