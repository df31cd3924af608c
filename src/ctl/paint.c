/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/paint.h"

static const char *const color_codes[_COLOR_MAX] = {
        [COLOR_NONE] = "",          [COLOR_BOLD] = "\x1b[1m",    [COLOR_FAINT] = "\x1b[2m",
        [COLOR_GREEN] = "\x1b[32m", [COLOR_YELLOW] = "\x1b[33m", [COLOR_RED] = "\x1b[1;31m",
};

/* How many bytes of a control character stand here, 0 if it is none. C1 (U+0080 to U+009F) counts:
 * some terminals take it for the beginning of a command, as ESC. */
static size_t control_size(const char *bytes, size_t size) {
        unsigned char first = (unsigned char) bytes[0];
        unsigned char second = size > 1 ? (unsigned char) bytes[1] : 0;

        if (first < 0x20 || first == 0x7f)
                return 1;
        if (first == 0xc2 && second >= 0x80 && second <= 0x9f)
                return 2;

        return 0;
}

static bool byte_continues(char byte) {
        return ((unsigned char) byte & 0xc0) == 0x80;
}

size_t paint_width(const char *bytes, size_t size) {
        size_t width = 0;

        for (size_t i = 0; i < size;) {
                size_t control = control_size(bytes + i, size - i);

                if (control > 0)
                        width += 4;
                else if (!byte_continues(bytes[i]))
                        width++;
                i += MAX_OF(control, (size_t) 1);
        }

        return width;
}

static void append_harmless(Text *text, const char *bytes, size_t size) {
        for (size_t i = 0; i < size;) {
                size_t control = control_size(bytes + i, size - i);

                if (control > 0) {
                        text_append_format(text, "\\x%02x", (unsigned char) bytes[i + control - 1]);
                        i += control;
                } else
                        text_append(text, &bytes[i++], 1);
        }
}

void paint_append_bytes(
                Text *text, const Style *style, Color color, const char *bytes, size_t size) {
        bool painted = style->colors && color != COLOR_NONE && size > 0;

        if (painted)
                text_append_string(text, color_codes[color]);
        append_harmless(text, bytes, size);
        if (painted)
                text_append_string(text, "\x1b[0m");
}

void paint_append(Text *text, const Style *style, Color color, const char *string) {
        paint_append_bytes(text, style, color, string, strlen(string));
}

void paint_append_lines(Text *text, const Style *style, Color color, const char *string) {
        while (*string) {
                size_t line = strcspn(string, "\n");

                /* tabs stay: what is copied from here should still be what it was */
                for (const char *p = string, *end = string + line; p < end;) {
                        const char *tab = memchr(p, '\t', (size_t) (end - p));
                        const char *stop = tab ? tab : end;

                        paint_append_bytes(text, style, color, p, (size_t) (stop - p));
                        if (tab)
                                text_append_string(text, "\t");
                        p = tab ? tab + 1 : end;
                }

                text_append_string(text, "\n");
                string += line + (string[line] == '\n');
        }
}
