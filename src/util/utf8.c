/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "util/utf8.h"

static bool is_continuation(unsigned char c) {
        return (c & 0xC0) == 0x80;
}

/* Overlong forms, surrogates and what is above U+10FFFF are invalid (RFC 3629); the second byte
 * decides about each of them. */
size_t utf8_character_size(const char *string) {
        const unsigned char *s = (const unsigned char *) string;
        size_t size;

        if (s[0] < 0x80)
                return 1;

        if (s[0] >= 0xC2 && s[0] <= 0xDF)
                size = 2;
        else if (s[0] >= 0xE0 && s[0] <= 0xEF)
                size = 3;
        else if (s[0] >= 0xF0 && s[0] <= 0xF4)
                size = 4;
        else
                return 0;

        /* the final NUL is no continuation, so this never reads behind the string */
        for (size_t i = 1; i < size; i++)
                if (!is_continuation(s[i]))
                        return 0;

        if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
            (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
                return 0;

        return size;
}

char *utf8_make_valid(const char *string) {
        char *copy;

        assert(string);

        copy = strdup(string);
        if (!copy)
                return NULL;

        for (char *at = copy; *at;) {
                size_t size = utf8_character_size(at);

                if (size == 0)
                        *at = '?';
                at += MAX_OF(size, (size_t) 1);
        }

        return copy;
}
