/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Reads the last hour of Exim's log once more, up to where it was left, for the failed share of the
 * ledger: nothing else changes by it. */

#include "meter/ledger.h"
#include "meter/store.h"

/* A log that cannot be read is none: it is said where it is followed. Return: 0 or -ENOMEM, after
 * which the ledger cannot be used any more. */
WARN_UNUSED int look_back(
                Ledger *ledger,
                const char *path,
                const StorePlace places[static _STORE_PLACE_KIND_MAX]);
