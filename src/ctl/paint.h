/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Text for a terminal: colors where wanted, and text from elsewhere (names, diffs, words of tools)
 * made harmless, so that it cannot send commands to the terminal. Pure.
 */

#include "util/text.h"

typedef enum Color {
        COLOR_NONE,
        COLOR_BOLD,
        COLOR_FAINT,
        COLOR_GREEN,
        COLOR_YELLOW,
        COLOR_RED,
        _COLOR_MAX,
} Color;

typedef struct Style {
        bool colors;
        size_t width; /* columns of the terminal */
} Style;

/* Append `size` bytes of UTF-8; control characters become \xNN. */
void paint_append_bytes(
                Text *text, const Style *style, Color color, const char *bytes, size_t size);
void paint_append(Text *text, const Style *style, Color color, const char *string);

/* Append text of several lines: as above, but line ends and tabs stay. Ends with a line end. */
void paint_append_lines(Text *text, const Style *style, Color color, const char *string);

/* How many columns paint_append() takes: one for each character, four for a control character. */
size_t paint_width(const char *bytes, size_t size);
