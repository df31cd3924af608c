/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "release/spool.h"
#include "util/parse.h"

/* acl_m_smtp_restrictions_hold: its name, the length of its value; the value is the next line. Two
 * dashes would mark a value that a stranger has had a part in. */
#define HELD "-aclm _smtp_restrictions_hold 1"

#define LINE_MAX 256 /* of one with a variable's name */

/* "-aclm NAME LENGTH": the value has so many bytes, of any kind. Return: false if it is none. */
static bool is_variable(const char *line, size_t size, uint64_t *ret_length) {
        char copy[LINE_MAX];
        const char *blank;

        if (size >= sizeof(copy) || !memmem(line, size, "acl", 3))
                return false;

        memcpy(copy, line, size);
        copy[size] = 0;
        blank = strrchr(copy, ' ');
        if (copy[0] != '-' || !blank)
                return false;

        if (parse_u64(blank + 1, UINT64_MAX, ret_length) < 0)
                *ret_length = UINT64_MAX;
        return true;
}

bool spool_says_held(const char *text, size_t size) {
        const char *end = text + size;

        for (const char *line = text; line < end;) {
                const char *newline = memchr(line, '\n', (size_t) (end - line));
                size_t line_size = newline ? (size_t) (newline - line) : 0;
                uint64_t length;

                if (line_size == 0)
                        return false;

                if (line_size == strlen(HELD) && memcmp(line, HELD, line_size) == 0)
                        return end - newline > 2 && newline[1] == '1' && newline[2] == '\n';

                line = newline + 1;
                if (!is_variable(line - line_size - 1, line_size, &length))
                        continue;
                if (length >= (uint64_t) (end - line))
                        return false; /* it has no end */
                line += length + 1;
        }

        return false;
}
