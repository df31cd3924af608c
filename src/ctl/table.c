/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>

#include "ctl/table.h"
#include "util/array.h"

#define GAP 2 /* blanks between columns */

/* What the last column gets even on a narrow terminal. */
#define WRAP_WIDTH_MIN 20

void table_done(Table *table) {
        for (size_t i = 0; i < table->count; i++)
                free(table->cells[i].text);
        free(table->cells);
        *table = (Table){};
}

/* Takes over the string. */
static void table_take(Table *table, Color color, char *string) {
        if (!string || ARRAY_MAKE_ROOM(&table->cells, &table->allocated, table->count + 1) < 0) {
                free(string);
                table->failed = true;
                return;
        }

        table->cells[table->count++] = (TableCell){ .text = string, .color = color };
}

void table_add(Table *table, Color color, const char *string) {
        table_take(table, color, strdup(string ? string : ""));
}

void table_add_format(Table *table, Color color, const char *format, ...) {
        char *string = NULL;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&string, format, arguments);
        va_end(arguments);

        table_take(table, color, r < 0 ? NULL : string);
}

static void append_blanks(Text *text, size_t count) {
        for (size_t i = 0; i < count; i++)
                text_append_string(text, " ");
}

/* How many bytes go on a line of `width` columns: up to the last blank or behind the last comma
 * that fits, or a whole word where none fits, for a name that is cut cannot be copied. */
static size_t line_size(const char *string, size_t width) {
        size_t best = 0, i;

        for (i = 0; string[i]; i++) {
                if (string[i] == ' ') {
                        if (best > 0 && paint_width(string, i) > width)
                                return best;
                        best = i;
                } else if (string[i] == ',' && string[i + 1] && string[i + 1] != ' ') {
                        if (best > 0 && paint_width(string, i + 1) > width)
                                return best;
                        best = i + 1;
                }
                if (best > 0 && i > width && paint_width(string, i) > width)
                        return best;
        }

        return best > 0 && paint_width(string, i) > width ? best : i;
}

static void append_wrapped(Text *text, const Style *style, const TableCell *cell, size_t offset) {
        size_t width = MAX_OF(style->width, offset + WRAP_WIDTH_MIN) - offset;
        const char *rest = cell->text;

        for (;;) {
                size_t size = line_size(rest, width);

                paint_append_bytes(text, style, cell->color, rest, size);
                text_append_string(text, "\n");

                rest += size;
                rest += strspn(rest, " ");
                if (!*rest)
                        return;
                append_blanks(text, offset);
        }
}

static void append_cell(
                Text *text,
                const Style *style,
                const TableCell *cell,
                size_t column_width,
                bool number) {
        size_t blanks = column_width - paint_width(cell->text, strlen(cell->text));

        if (number)
                append_blanks(text, blanks);
        paint_append(text, style, cell->color, cell->text);
        if (!number)
                append_blanks(text, blanks);
        append_blanks(text, GAP);
}

void table_append_to(const Table *table, const Style *style, Text *text) {
        size_t widths[TABLE_COLUMNS_MAX] = {}, last, rows;

        assert(table->columns >= 1 && table->columns <= TABLE_COLUMNS_MAX);

        last = table->columns - 1;
        rows = table->count / table->columns;

        if (table->failed)
                text->failed = true;

        for (size_t i = 0; i < rows * table->columns; i++) {
                const char *cell = table->cells[i].text;
                size_t *width = &widths[i % table->columns];

                *width = MAX_OF(*width, paint_width(cell, strlen(cell)));
        }

        for (size_t row = 0; row < rows; row++) {
                const TableCell *cells = &table->cells[row * table->columns];
                size_t offset = table->indent;

                append_blanks(text, table->indent);
                for (size_t i = 0; i < last; i++) {
                        append_cell(text, style, &cells[i], widths[i], table->numbers >> i & 1);
                        offset += widths[i] + GAP;
                }
                append_wrapped(text, style, &cells[last], offset);
        }
}
