/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/usage-top.h"
#include "util/array.h"

void usage_top_clear(UsageTop *top) {
        for (size_t i = 0; i < top->count; i++)
                free(top->rows[i]);
        top->count = 0;
}

void usage_top_done(UsageTop *top) {
        usage_top_clear(top);
        free(top->rows);
        free(top->after);
}

static uint64_t busy(const LedgerUsage *usage) {
        return usage->used[WINDOW_DAY] + usage->reserved + usage->held;
}

static int compare_numbers(uint64_t a, uint64_t b) {
        return a > b ? -1 : a < b;
}

/* The busiest first. No two are the same. */
static int compare(
                const UsageRow *row, SubjectKind kind, const char *name, const LedgerUsage *usage) {
        int r;

        r = compare_numbers(busy(&row->usage), busy(usage));
        if (r == 0)
                r = compare_numbers(row->usage.used[WINDOW_HOUR], usage->used[WINDOW_HOUR]);
        if (r == 0)
                r = (int) row->subject.kind - (int) kind;
        return r != 0 ? r : strcmp(row->subject.name, name);
}

/* How many rows are busier. */
static size_t find_place(
                const UsageTop *top, SubjectKind kind, const char *name, const LedgerUsage *usage) {
        size_t low = 0, high = top->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare(top->rows[middle], kind, name, usage) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

static bool is_wanted(
                const UsageTop *top, SubjectKind kind, const char *name, const LedgerUsage *usage) {
        return busy(usage) > 0 && (!top->has_kind || kind == top->kind) &&
               (!top->after || compare(top->after, kind, name, usage) < 0);
}

int usage_top_add(UsageTop *top, SubjectKind kind, const char *name, const LedgerUsage *usage) {
        size_t place;
        UsageRow *row;
        int r;

        if (!is_wanted(top, kind, name, usage))
                return 0;
        place = find_place(top, kind, name, usage);
        if (place == top->most)
                return 0;

        r = ARRAY_MAKE_ROOM(&top->rows, &top->allocated, top->count + 1);
        if (r < 0)
                return r;
        row = top->count == top->most ? top->rows[--top->count] : malloc(sizeof(*row));
        if (!row)
                return -ENOMEM;

        row->usage = *usage;
        row->subject.kind = kind;
        (void) strncpy(row->subject.name, name, sizeof(row->subject.name) - 1);
        row->subject.name[sizeof(row->subject.name) - 1] = 0;
        memmove(top->rows + place + 1,
                top->rows + place,
                (top->count - place) * sizeof(*top->rows));
        top->rows[place] = row;
        top->count++;
        return 0;
}
