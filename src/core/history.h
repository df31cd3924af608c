/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * history/ below the state directory: the last policies, one file each, named by a number that only
 * grows. For people who want to go back; the service itself works without it, so what cannot be
 * written or read is a line in the log and no failure.
 */

#include "core/applied.h"
#include "core/history-entry.h"
#include "core/store.h"

#define HISTORY_MAX 50

/*
 * Remember what is in force now, unless it is what is remembered last: after a crash the same
 * policy is brought into force twice. What is too old goes. Logs its failures.
 */
void history_append(const Store *store, const Applied *now);

/*
 * At most `most` entries, the newest first; of those with an id below `before` if that is not 0.
 * Logs what is damaged and leaves it out. The policies themselves are not kept in memory. Return: 0
 * or a negative errno.
 */
WARN_UNUSED int history_list(const Store *store, uint64_t before, size_t most, HistoryEntries *ret);

/* Return: 0; -ENOENT with NotFound; -EINVAL when it is damaged; another negative errno. */
WARN_UNUSED int history_find(const Store *store, uint64_t id, HistoryEntry *ret, Failure *reterr);
