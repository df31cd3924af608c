/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Lines of a text, and NAME=VALUE in them. Both cut the text in place. Pure. */

#include "util/macro.h"

typedef struct Lines {
        char *rest; /* borrowed */
        size_t size;
        size_t number; /* of the line that was returned last */
} Lines;

/* The next line without its end (\n or \r\n), or NULL. What stands behind a NUL byte is not seen.
 */
char *lines_next(Lines *lines);

/* `string` without the blanks at both ends. */
char *string_trim(char *string);

typedef struct Setting {
        const char *name; /* borrowed of the line */
        const char *value;
} Setting;

/* NAME = VALUE, or NAME = "VALUE" with anything behind it. Return: false for any other line, empty
 * ones and comments (#) among them. */
bool setting_from_line(char *line, Setting *ret);

/* The last value of each of these names, borrowed of the text; NULL where there is none. Return:
 * how many of them there are. */
size_t settings_find(
                char *text,
                size_t size,
                const char *const names[],
                size_t count,
                const char *ret_values[]);
