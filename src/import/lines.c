/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "import/lines.h"
#include "util/text.h"

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

char *lines_next(Lines *lines) {
        char *line = lines->rest, *end;
        size_t size;

        if (lines->size == 0)
                return NULL;

        end = memchr(line, '\n', lines->size);
        size = end ? (size_t) (end - line) : lines->size;
        lines->rest = line + size + (end ? 1 : 0);
        lines->size -= size + (end ? 1 : 0);
        lines->number++;

        line[size] = 0;
        if (size > 0 && line[size - 1] == '\r')
                line[size - 1] = 0;
        return line;
}

char *string_trim(char *string) {
        size_t size;

        while (is_blank(*string))
                string++;
        size = strlen(string);
        while (size > 0 && is_blank(string[size - 1]))
                size--;

        string[size] = 0;
        return string;
}

bool setting_from_line(char *line, Setting *ret) {
        char *equals = strchr(line, '='), *value, *quote;

        if (!equals)
                return false;

        *equals = 0;
        line = string_trim(line);
        value = string_trim(equals + 1);
        if (!*line || *line == '#')
                return false;

        if (*value == '"') {
                value++;
                quote = strchr(value, '"');
                if (quote)
                        *quote = 0;
        }

        *ret = (Setting){ .name = line, .value = value };
        return true;
}

size_t settings_find(
                char *text,
                size_t size,
                const char *const names[],
                size_t count,
                const char *ret_values[]) {
        Lines lines = { .rest = text, .size = size };
        size_t found = 0;
        Setting setting;
        char *line;

        for (size_t i = 0; i < count; i++)
                ret_values[i] = NULL;

        while ((line = lines_next(&lines))) {
                if (!setting_from_line(line, &setting))
                        continue;
                for (size_t i = 0; i < count; i++)
                        if (string_equal(setting.name, names[i])) {
                                found += !ret_values[i];
                                ret_values[i] = setting.value;
                        }
        }

        return found;
}
