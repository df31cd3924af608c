/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One policy of the past: what was in force after a change, who made it, what it changed. Pure. */

#include "core/last-change.h"
#include "policy/policy-change.h"

#define HISTORY_ENTRY_VERSION  1
#define HISTORY_ENTRY_SIZE_MAX ((size_t) 33 * 1024 * 1024) /* a policy.json and a little more */

typedef struct HistoryEntry {
        uint64_t id;         /* from its file's name; not in the text */
        uint64_t generation; /* of the policy */
        LastChange change;   /* who, when, by which method */
        PolicyChange delta;  /* what it changed */
        Policy policy;       /* after it */
} HistoryEntry;

typedef struct HistoryEntries {
        HistoryEntry *items; /* owned; the newest first */
        size_t count;
} HistoryEntries;

void history_entries_done(HistoryEntries *entries);

void history_entry_init(HistoryEntry *entry);
void history_entry_done(HistoryEntry *entry);

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int history_entry_to_text(const HistoryEntry *entry, char **ret_text, size_t *ret_size);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int history_entry_from_text(
                const char *text, size_t size, HistoryEntry *ret, Failure *reterr);
