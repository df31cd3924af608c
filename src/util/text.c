/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/text.h"

void text_done(Text *text) {
        if (!text)
                return;

        free(text->data);
        *text = (Text){};
}

static bool text_reserve(Text *text, size_t more) {
        size_t wanted = text->size + more + 1;
        size_t allocated = MAX_OF(text->allocated, (size_t) 256);
        char *data;

        if (text->failed)
                return false;
        if (wanted <= text->allocated)
                return true;

        while (allocated < wanted)
                allocated *= 2;

        data = realloc(text->data, allocated);
        if (!data) {
                text->failed = true;
                return false;
        }

        text->data = data;
        text->allocated = allocated;
        return true;
}

void text_append(Text *text, const void *data, size_t size) {
        assert(text && (data || size == 0));

        if (!text_reserve(text, size))
                return;

        if (size > 0)
                memcpy(text->data + text->size, data, size);
        text->size += size;
        text->data[text->size] = 0;
}

void text_append_string(Text *text, const char *string) {
        text_append(text, string, strlen(string));
}

void text_append_number(Text *text, uint64_t number) {
        char digits[20]; /* of UINT64_MAX */
        size_t at = sizeof(digits);

        do {
                digits[--at] = (char) ('0' + number % 10);
                number /= 10;
        } while (number > 0);

        text_append(text, digits + at, sizeof(digits) - at);
}

void text_append_format(Text *text, const char *format, ...) {
        size_t room = text->failed ? 0 : text->allocated - text->size;
        va_list arguments;
        int size;

        /* most of the time there is room, and once is enough */
        va_start(arguments, format);
        size = vsnprintf(room > 0 ? text->data + text->size : NULL, room, format, arguments);
        va_end(arguments);

        if (size < 0) {
                text->failed = true;
                return;
        }
        if ((size_t) size >= room) {
                if (!text_reserve(text, (size_t) size))
                        return;

                va_start(arguments, format);
                (void) vsnprintf(text->data + text->size, (size_t) size + 1, format, arguments);
                va_end(arguments);
        }

        text->size += (size_t) size;
}

int text_finish(Text *text, char **ret_data, size_t *ret_size) {
        assert(text && ret_data);

        /* so that an empty text is an empty string */
        text_append(text, NULL, 0);
        if (text->failed) {
                text_done(text);
                return -ENOMEM;
        }

        *ret_data = text->data;
        if (ret_size)
                *ret_size = text->size;
        *text = (Text){};
        return 0;
}

char *string_format(const char *format, ...) {
        char *string = NULL;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&string, format, arguments);
        va_end(arguments);

        return r < 0 ? NULL : string;
}

char *string_quote(const char *data, size_t size, size_t size_max) {
        CLEANUP(text_done) Text text = {};
        char *quoted;

        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char) data[i];

                if (i == size_max) {
                        text_append_string(&text, "...");
                        break;
                }
                if (c >= 0x20 && c < 0x7f && c != '\\')
                        text_append(&text, &data[i], 1);
                else
                        text_append_format(&text, "\\x%02x", c);
        }

        return text_finish(&text, &quoted, NULL) < 0 ? NULL : quoted;
}
