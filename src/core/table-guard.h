/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Keeps our table in the kernel as the last transaction made it. A thread of its own hears of every
 * change of the ruleset and puts back what somebody else has removed, switched off or edited, also
 * while the worker waits for Exim; it sleeps while nobody changes any rule. It never touches the
 * kernel while the worker or the boot loader has the lock for that (store_lock_kernel()): what it
 * finds in between is left to them, since a transaction's batch puts everything right.
 */

#include "core/table-image.h"
#include "policy/problem.h"

typedef struct TableGuard TableGuard;

/* Starts the thread, with nothing to guard yet; the state is open already. Return: 0 or a negative
 * errno. */
WARN_UNUSED int table_guard_new(TableGuard **ret);
/* Waits for a repair that is going on. */
TableGuard *table_guard_free(TableGuard *guard);
DEFINE_CLEANUP(TableGuard, table_guard_free)

/*
 * This is in the kernel now; the caller has the lock, and keeps it until it has called this. Takes
 * over the image. From any thread, as the next two.
 */
void table_guard_defend(TableGuard *guard, TableImage *image);

/* Somebody asked for a Reload: what was before does not slow down repairs any more. */
void table_guard_forget(TableGuard *guard);

/*
 * Adds Problems of what was repaired within the last day and of what cannot be. *ret_damaged: the
 * table is not as it should be, and waits for its repair. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int table_guard_read(TableGuard *guard, Problems *problems, bool *ret_damaged);

/* An eventfd: readable when table_guard_read() has something else to say. */
int table_guard_fd(const TableGuard *guard);
