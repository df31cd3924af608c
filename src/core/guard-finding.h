/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the guard of our table has found out, and the Problems that follow from it. Pure: the time
 * is a parameter. */

#include "policy/problem.h"

/* So long a repair is worth a line in Status. */
#define GUARD_REPAIR_SHOWN_USEC (24 * 3600 * USEC_PER_SEC)

typedef struct GuardFinding {
        bool damaged;           /* the table is, and waits for its repair */
        bool contested;         /* again and again */
        char *repaired;         /* owned: what the last repair was about; NULL: there was none */
        uint64_t repaired_usec; /* CLOCK_REALTIME */
        char *failed;           /* owned: why the last one failed; NULL: it did not */
} GuardFinding;

void guard_finding_done(GuardFinding *finding);

/* `now_usec` is of CLOCK_REALTIME. Return: 0 or -ENOMEM. */
WARN_UNUSED int guard_finding_add_problems(
                const GuardFinding *finding, uint64_t now_usec, Problems *problems);
