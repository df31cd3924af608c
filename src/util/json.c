/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "util/json.h"
#include "util/text.h"

int json_from_text(const char *text, size_t size, json_t **ret, Failure *reterr) {
        json_error_t error;
        json_t *json;

        json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
        if (!json)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "line %d, column %d: %s",
                                error.line,
                                error.column,
                                error.text);

        *ret = json;
        return 0;
}

static int append_chunk(const char *buffer, size_t size, void *data) {
        Text *text = data;

        text_append(text, buffer, size);
        return text->failed ? -1 : 0;
}

int json_to_text(const json_t *json, size_t flags, char **ret_text, size_t *ret_size) {
        CLEANUP(text_done) Text text = {};

        if (json_dump_callback(json, append_chunk, &text, flags) < 0)
                return -ENOMEM;
        text_append_string(&text, "\n");

        return text_finish(&text, ret_text, ret_size);
}
