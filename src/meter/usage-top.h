/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The busiest of many subjects: of the last 24 hours, where what waits counts too, or of some days.
 * A page of them, which can begin behind one. Pure.
 */

#include "meter/activity.h"
#include "meter/ledger.h"
#include "meter/subject-text.h"

typedef struct UsageRow {
        uint64_t weights[2]; /* by the first of them, then by the second; 0 of both: not busy */
        Subject subject;
        union {
                LedgerUsage usage;
                ActivitySums sums;
        };
} UsageRow;

/* Begins with .most, and .has_kind and .after if wanted. */
typedef struct UsageTop {
        size_t most;   /* rows at the most */
        bool has_kind; /* of that kind alone */
        SubjectKind kind;
        UsageRow *after; /* owned: its weights and its name; behind it; NULL: from the first */
        UsageRow **rows; /* owned; the busiest first */
        size_t count;
        size_t allocated;
} UsageTop;

void usage_top_done(UsageTop *top);
/* Without rows. */
void usage_top_clear(UsageTop *top);

/* It begins behind that one. Return: 0 or -ENOMEM. */
WARN_UNUSED int usage_top_begin_behind(
                UsageTop *top, const Subject *after, const LedgerUsage *usage);
WARN_UNUSED int usage_top_begin_behind_sums(
                UsageTop *top, const Subject *after, const ActivitySums *sums);

/* One more subject, each once. Who has used nothing is none of the busiest. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int usage_top_add(
                UsageTop *top, SubjectKind kind, const char *name, const LedgerUsage *usage);
/* The same by who was active: who sent to most recipients, then who used AUTH most. */
WARN_UNUSED int usage_top_add_sums(
                UsageTop *top, SubjectKind kind, const char *name, const ActivitySums *sums);
