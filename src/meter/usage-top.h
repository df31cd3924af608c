/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The busiest of many subjects: who sent most in a day, and what waits counts too. A page of them,
 * which can begin behind one. Pure.
 */

#include "meter/ledger.h"
#include "meter/subject-text.h"

typedef struct UsageRow {
        Subject subject;
        LedgerUsage usage;
} UsageRow;

/* Begins with .most, and .has_kind and .after if wanted. */
typedef struct UsageTop {
        size_t most;   /* rows at the most */
        bool has_kind; /* of that kind alone */
        SubjectKind kind;
        UsageRow *after; /* owned; behind it, with what it has used; NULL: from the first */
        UsageRow **rows; /* owned; the busiest first */
        size_t count;
        size_t allocated;
} UsageTop;

void usage_top_done(UsageTop *top);
/* Without rows. */
void usage_top_clear(UsageTop *top);

/* One more subject, each once. Who has used nothing is none of the busiest. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int usage_top_add(
                UsageTop *top, SubjectKind kind, const char *name, const LedgerUsage *usage);
