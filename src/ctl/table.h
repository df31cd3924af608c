/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Tables for people: columns as wide as their widest cell, two blanks between them, the last one
 * wrapped at blanks and behind commas so that lines fit the terminal. Pure.
 */

#include "ctl/paint.h"

enum { TABLE_COLUMNS_MAX = 6 };

typedef struct TableCell {
        char *text; /* owned */
        Color color;
} TableCell;

typedef struct Table {
        size_t columns;   /* 1 to TABLE_COLUMNS_MAX */
        unsigned numbers; /* bit N: column N is aligned to the right */
        size_t indent;    /* blanks before each line */
        TableCell *cells; /* owned, row by row */
        size_t count;
        size_t allocated;
        bool failed; /* out of memory, reported by table_append_to() */
} Table;

void table_done(Table *table);

/* Add the next cell; a row is full after `columns` of them. NULL counts as "". */
void table_add(Table *table, Color color, const char *string);
void table_add_format(Table *table, Color color, const char *format, ...) PRINTF_LIKE(3, 4);

/* Write all full rows. Out of memory is remembered in `text`. */
void table_append_to(const Table *table, const Style *style, Text *text);
