/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * attempts.json below the state directory: written now and then and at the end, outside of any
 * transaction, as nothing depends on it. What cannot be written or read is a line in the log.
 */

#include "core/attempts-text.h"
#include "core/store.h"
#include "firewall/firewall.h"

/* What was saved; nothing where nothing was. A damaged file is set aside, as attempts.json.damaged,
 * unless the state was opened to be read only. */
void attempts_keep_read(
                const Store *store, uint64_t now_usec, Attempts *attempts, AttemptBook *book);

/*
 * The table was made where there was none: put what was saved into its sets, and into `book` since
 * when. The caller has the kernel's lock; *generation: that of the batch, which follows. Return:
 * false when nothing is known.
 */
bool attempts_keep_restore(
                const Store *store, Firewall *firewall, AttemptBook *book, uint32_t *generation);

void attempts_keep_write(
                const Store *store,
                const Attempts *attempts,
                const AttemptBook *book,
                uint64_t now_usec);
