/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who tried to connect and may not, as the kernel counts it per user. Pure. */

#include "util/macro.h"

#define ATTEMPTS_MAX 65535 /* users; the size of the set in the kernel */

/* What the table remembers of one user's refused, redirected or observed connections. */
typedef struct Attempt {
        uint32_t uid;
        uint64_t packets;
        uint64_t bytes;
        uint32_t expires_sec; /* until it is forgotten; never 0 */
} Attempt;

typedef struct Attempts {
        Attempt *items; /* owned */
        size_t count;
        size_t allocated;
} Attempts;

void attempts_done(Attempts *attempts);
/* Return: 0, -ENOMEM, -E2BIG above ATTEMPTS_MAX. */
WARN_UNUSED int attempts_append(Attempts *attempts, const Attempt *attempt);
