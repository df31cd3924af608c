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

typedef struct Weights {
        uint64_t items[2];
} Weights;

static Weights weigh(const LedgerUsage *usage) {
        return (Weights){ {
                        usage->used[WINDOW_DAY] + usage->reserved + usage->held,
                        usage->used[WINDOW_HOUR],
        } };
}

static Weights weigh_sums(const ActivitySums *sums) {
        return (Weights){ { sums->recipients, sums->auth_messages } };
}

static int compare_numbers(uint64_t a, uint64_t b) {
        return a > b ? -1 : a < b;
}

/* The busiest first. No two are the same. */
static int compare(
                const UsageRow *row, const Weights *weights, SubjectKind kind, const char *name) {
        int r;

        r = compare_numbers(row->weights[0], weights->items[0]);
        if (r == 0)
                r = compare_numbers(row->weights[1], weights->items[1]);
        if (r == 0)
                r = (int) row->subject.kind - (int) kind;
        return r != 0 ? r : strcmp(row->subject.name, name);
}

/* How many rows are busier. */
static size_t find_place(
                const UsageTop *top, const Weights *weights, SubjectKind kind, const char *name) {
        size_t low = 0, high = top->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare(top->rows[middle], weights, kind, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

static bool is_wanted(
                const UsageTop *top, const Weights *weights, SubjectKind kind, const char *name) {
        return (weights->items[0] > 0 || weights->items[1] > 0) &&
               (!top->has_kind || kind == top->kind) &&
               (!top->after || compare(top->after, weights, kind, name) < 0);
}

static void set_row(UsageRow *row, SubjectKind kind, const char *name, const Weights *weights) {
        memcpy(row->weights, weights->items, sizeof(row->weights));
        row->subject.kind = kind;
        (void) strncpy(row->subject.name, name, sizeof(row->subject.name) - 1);
        row->subject.name[sizeof(row->subject.name) - 1] = 0;
}

/* *ret_row is to be filled, or NULL. */
static int add(UsageTop *top,
               SubjectKind kind,
               const char *name,
               const Weights *weights,
               UsageRow **ret_row) {
        size_t place;
        UsageRow *row;
        int r;

        *ret_row = NULL;
        if (!is_wanted(top, weights, kind, name))
                return 0;
        place = find_place(top, weights, kind, name);
        if (place == top->most)
                return 0;

        r = ARRAY_MAKE_ROOM(&top->rows, &top->allocated, top->count + 1);
        if (r < 0)
                return r;
        row = top->count == top->most ? top->rows[--top->count] : malloc(sizeof(*row));
        if (!row)
                return -ENOMEM;

        set_row(row, kind, name, weights);
        memmove(top->rows + place + 1,
                top->rows + place,
                (top->count - place) * sizeof(*top->rows));
        top->rows[place] = row;
        top->count++;
        *ret_row = row;
        return 0;
}

int usage_top_add(UsageTop *top, SubjectKind kind, const char *name, const LedgerUsage *usage) {
        const Weights weights = weigh(usage);
        UsageRow *row;
        int r;

        r = add(top, kind, name, &weights, &row);
        if (row)
                row->usage = *usage;
        return r;
}

int usage_top_add_sums(
                UsageTop *top, SubjectKind kind, const char *name, const ActivitySums *sums) {
        const Weights weights = weigh_sums(sums);
        UsageRow *row;
        int r;

        r = add(top, kind, name, &weights, &row);
        if (row)
                row->sums = *sums;
        return r;
}

static int begin_behind(UsageTop *top, const Subject *after, const Weights *weights) {
        UsageRow *row = calloc(1, sizeof(*row));

        if (!row)
                return -ENOMEM;

        set_row(row, after->kind, after->name, weights);
        free(top->after);
        top->after = row;
        return 0;
}

int usage_top_begin_behind(UsageTop *top, const Subject *after, const LedgerUsage *usage) {
        const Weights weights = weigh(usage);

        return begin_behind(top, after, &weights);
}

int usage_top_begin_behind_sums(UsageTop *top, const Subject *after, const ActivitySums *sums) {
        const Weights weights = weigh_sums(sums);

        return begin_behind(top, after, &weights);
}
