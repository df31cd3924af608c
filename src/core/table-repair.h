/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the guard does and says about damage to our table. Belongs to its thread. */

#include "core/table-image.h"
#include "firewall/firewall.h"
#include "firewall/table-events.h"

/* What a repair was about, and how it went. */
typedef struct TableRepair {
        bool needed;          /* the table was not as it should be */
        char *what;           /* owned: "was removed by ..."; if it was needed */
        uint64_t closed_usec; /* until it was closed, if that was a step of its own; else 0 */
        uint64_t usec;        /* until all was there, or failed */
} TableRepair;

void table_repair_done(TableRepair *repair);

/*
 * Bring the table to the image; *generation becomes that of the ruleset for which this is done. The
 * caller has the kernel's lock. Return: 0; or a negative errno with the reason, and *ret filled.
 */
WARN_UNUSED int table_repair(
                Firewall *firewall,
                const TableImage *image,
                const TableDamage *damage,
                uint32_t *generation,
                TableRepair *ret,
                Failure *reterr);
