/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <time.h>

#include "ctl/show.h"

const char *show_string(const json_t *object, const char *key) {
        return json_string_value(json_object_get(object, key));
}

long long show_number(const json_t *object, const char *key) {
        return json_integer_value(json_object_get(object, key));
}

bool show_is_true(const json_t *object, const char *key) {
        return json_is_true(json_object_get(object, key));
}

char *show_count(size_t count, const char *thing) {
        return string_format("%zu %s%s", count, thing, count == 1 ? "" : "s");
}

char *show_time(long long usec) {
        time_t seconds = (time_t) (usec / (long long) USEC_PER_SEC);
        struct tm parts;
        char buffer[32];

        if (!localtime_r(&seconds, &parts) ||
            strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M:%S", &parts) == 0)
                return strdup("?");

        return strdup(buffer);
}

/* One element of a list; it has no list in it. */
static void append_scalar(Text *text, const json_t *value) {
        if (json_is_boolean(value))
                text_append_string(text, json_is_true(value) ? "yes" : "no");
        else if (json_is_string(value))
                text_append_string(text, json_string_value(value));
        else if (json_is_integer(value))
                text_append_format(text, "%lld", (long long) json_integer_value(value));
        else if (json_is_real(value))
                text_append_format(text, "%g", json_real_value(value));
        else
                text_append_string(text, json_is_null(value) ? "-" : "...");
}

char *show_value(const json_t *value) {
        CLEANUP(text_done) Text text = {};
        const char *separator = "", *key;
        json_t *element;
        char *string;
        size_t i;

        if (json_is_array(value)) {
                json_array_foreach((json_t *) value, i, element) {
                        text_append_string(&text, separator);
                        append_scalar(&text, element);
                        separator = ",";
                }
        } else if (json_is_object(value)) {
                json_object_foreach((json_t *) value, key, element) {
                        text_append_format(&text, "%s%s:", separator, key);
                        append_scalar(&text, element);
                        separator = ",";
                }
        } else
                append_scalar(&text, value);

        if (text.size == 0)
                text_append_string(&text, "-");

        return text_finish(&text, &string, NULL) < 0 ? NULL : string;
}
