/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A store that can be used, whatever was on the disk. */

#include "meter/store.h"

/*
 * Open it; a damaged one is set aside, which is said with what follows from that, and begun anew.
 * Logs what fails. Return: 0; OPEN_STORE_E_ANEW; a negative errno. Only without other threads.
 */
enum { OPEN_STORE_E_ANEW = 1 };

WARN_UNUSED int open_store(
                const char *directory, StoreKind kind, const char *consequence, Store **ret);
