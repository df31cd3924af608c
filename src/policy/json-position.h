/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where in a JSON text a value stands that jansson has read from it: jansson gives lines and
 * columns for errors of syntax alone. Pure. Meant for text that jansson has accepted; any other is
 * safe, with a less useful answer.
 */

#include "util/macro.h"

#define JSON_PATH_MAX 4

/* Steps from the root: a key of an object, or (key NULL) an index of an array. */
typedef struct JsonPath {
        struct {
                const char *key; /* borrowed */
                size_t index;
        } steps[JSON_PATH_MAX];
        size_t count;
} JsonPath;

void json_path_push_key(JsonPath *path, const char *key);
void json_path_push_index(JsonPath *path, size_t index);
void json_path_pop(JsonPath *path);

typedef struct TextPosition {
        unsigned line;   /* from 1 */
        unsigned column; /* from 1, in bytes */
} TextPosition;

/* Of the byte at `offset`. */
TextPosition text_position_at(const char *text, size_t size, size_t offset);

/* Of the key of the last step, or of the element; of what encloses it where that is not there. */
TextPosition json_position_find(const char *text, size_t size, const JsonPath *path);
