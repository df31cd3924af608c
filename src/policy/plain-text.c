/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "policy/plain-text.h"

/*
 * The size of the character at `p`, 0 if there is none. The range of the second byte is what keeps
 * out overlong forms, surrogates and what is above U+10FFFF (RFC 3629, section 4). The NUL at the
 * end is no continuation byte, so nothing is read beyond it.
 */
static size_t character_size(const unsigned char *p) {
        unsigned char low = 0x80, high = 0xbf;
        size_t size;

        if (p[0] < 0x80)
                return 1;
        if (p[0] < 0xc2 || p[0] > 0xf4)
                return 0;

        size = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
        if (p[0] == 0xe0)
                low = 0xa0;
        else if (p[0] == 0xed)
                high = 0x9f;
        else if (p[0] == 0xf0)
                low = 0x90;
        else if (p[0] == 0xf4)
                high = 0x8f;

        if (p[1] < low || p[1] > high)
                return 0;
        for (size_t i = 2; i < size; i++)
                if (p[i] < 0x80 || p[i] > 0xbf)
                        return 0;

        return size;
}

/* U+0080 to U+009F are control characters too: a terminal may obey them. */
static bool is_control(const unsigned char *p) {
        return p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0);
}

int plain_text_check(const char *string) {
        const unsigned char *p = (const unsigned char *) string;
        size_t size;

        for (; *p; p += size) {
                size = character_size(p);
                if (size == 0)
                        return PLAIN_TEXT_E_NOT_UTF8;
                if (is_control(p))
                        return PLAIN_TEXT_E_CONTROL;
        }

        return 0;
}
