/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A place in a log line, and the steps from the left to the right that the parser is made of. Each
 * step moves the cursor only if what it looks for is there. Pure.
 */

#include <string.h>

#include "meter/log-line.h"

typedef struct LogCursor {
        const char *next, *end;
} LogCursor;

static inline size_t log_cursor_left(const LogCursor *cursor) {
        return (size_t) (cursor->end - cursor->next);
}

static inline bool log_cursor_is_at(const LogCursor *cursor, const char *string) {
        size_t size = strlen(string);

        return log_cursor_left(cursor) >= size && memcmp(cursor->next, string, size) == 0;
}

static inline bool log_cursor_take(LogCursor *cursor, const char *string) {
        if (!log_cursor_is_at(cursor, string))
                return false;

        cursor->next += strlen(string);
        return true;
}

/* At the end of the line, or of a word. */
static inline bool log_cursor_is_at_end(const LogCursor *cursor) {
        return cursor->next == cursor->end || *cursor->next == ' ';
}

/* Up to the next blank or the end; may be empty. */
static inline LogText log_cursor_take_word(LogCursor *cursor) {
        const char *start = cursor->next;
        const char *blank = memchr(start, ' ', log_cursor_left(cursor));

        cursor->next = blank ?: cursor->end;
        return (LogText){ start, (size_t) (cursor->next - start) };
}

/* NAME and the word behind it. */
static inline bool log_cursor_take_field(LogCursor *cursor, const char *name, LogText *ret) {
        if (!log_cursor_take(cursor, name))
                return false;

        *ret = log_cursor_take_word(cursor);
        return true;
}

/* Digits only, at most max. */
static inline bool log_cursor_take_number(LogCursor *cursor, uint64_t max, uint64_t *ret) {
        const char *s = cursor->next;
        uint64_t number = 0;

        for (; s < cursor->end && *s >= '0' && *s <= '9'; s++) {
                uint64_t digit = (uint64_t) (*s - '0');

                if (number > (max - digit) / 10)
                        return false;
                number = number * 10 + digit;
        }
        if (s == cursor->next)
                return false;

        cursor->next = s;
        *ret = number;
        return true;
}
