/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A growing byte string, for everything that is rendered. An allocation failure is remembered: a
 * long row of appends needs one check, at text_finish(). May hold NUL bytes; is always
 * NUL-terminated.
 */

#include <string.h>

#include "util/macro.h"

typedef struct Text {
        char *data; /* owned; NULL while empty */
        size_t size;
        size_t allocated;
        bool failed;
} Text;

void text_done(Text *text);

void text_append(Text *text, const void *data, size_t size);
void text_append_string(Text *text, const char *string);
/* In decimal, in a tenth of the time of "%ju". */
void text_append_number(Text *text, uint64_t number);
void text_append_format(Text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Return: 0 and the bytes (never NULL, the caller frees), or -ENOMEM. The text is empty afterwards.
 */
WARN_UNUSED int text_finish(Text *text, char **ret_data, size_t *ret_size);

/* printf() into a new string. Return: NULL when out of memory. */
char *string_format(const char *format, ...) PRINTF_LIKE(1, 2);

static inline bool string_equal(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The part behind the prefix, or NULL if the string does not begin with it. */
static inline const char *string_after_prefix(const char *string, const char *prefix) {
        size_t size = strlen(prefix);

        return strncmp(string, prefix, size) == 0 ? string + size : NULL;
}

/*
 * A copy for logs and error texts: at most size_max bytes, control and non-ASCII bytes as \xNN,
 * "..." where it was cut. The caller frees. Return: NULL when out of memory.
 */
char *string_quote(const char *data, size_t size, size_t size_max);
