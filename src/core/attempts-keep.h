/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * attempts.json below the state directory: written now and then and at the end, outside of any
 * transaction, as nothing depends on it. What cannot be written or read is a line in the log.
 */

#include "core/attempts-text.h"
#include "core/store.h"

/* What was saved; nothing where nothing was. A damaged file is set aside, as attempts.json.damaged,
 * unless the state was opened to be read only. */
void attempts_keep_read(
                const Store *store, uint64_t now_usec, Attempts *attempts, AttemptBook *book);

void attempts_keep_write(
                const Store *store,
                const Attempts *attempts,
                const AttemptBook *book,
                uint64_t now_usec);
