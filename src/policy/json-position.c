/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <jansson.h>
#include <string.h>

#include "policy/json-position.h"
#include "util/text.h"

void json_path_push_key(JsonPath *path, const char *key) {
        assert(path->count < JSON_PATH_MAX && key);

        path->steps[path->count].key = key;
        path->steps[path->count].index = 0;
        path->count++;
}

void json_path_push_index(JsonPath *path, size_t index) {
        assert(path->count < JSON_PATH_MAX);

        path->steps[path->count].key = NULL;
        path->steps[path->count].index = index;
        path->count++;
}

void json_path_pop(JsonPath *path) {
        assert(path->count > 0);

        path->count--;
}

TextPosition text_position_at(const char *text, size_t size, size_t offset) {
        TextPosition position = { .line = 1, .column = 1 };

        for (size_t i = 0; i < MIN_OF(offset, size); i++)
                if (text[i] == '\n') {
                        position.line++;
                        position.column = 1;
                } else
                        position.column++;

        return position;
}

typedef struct Scanner {
        const char *text;
        size_t size;
        size_t at;
} Scanner;

/* The byte at the scanner's place; NUL, which is no part of JSON, at the end. */
static char scanner_peek(const Scanner *scanner) {
        return scanner->at < scanner->size ? scanner->text[scanner->at] : 0;
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(Scanner *scanner) {
        while (is_blank(scanner_peek(scanner)))
                scanner->at++;
}

/* Take one byte, with blanks before it, if it is `wanted`. */
static bool take_byte(Scanner *scanner, char wanted) {
        skip_blanks(scanner);
        if (scanner_peek(scanner) != wanted)
                return false;

        scanner->at++;
        return true;
}

static bool skip_string(Scanner *scanner) {
        if (!take_byte(scanner, '"'))
                return false;

        for (; scanner->at < scanner->size; scanner->at++)
                if (scanner->text[scanner->at] == '\\')
                        scanner->at++;
                else if (scanner->text[scanner->at] == '"') {
                        scanner->at++;
                        return true;
                }

        scanner->at = scanner->size; /* an escape may have led beyond it */
        return false;
}

static void skip_word(Scanner *scanner) {
        while (scanner->at < scanner->size && !is_blank(scanner_peek(scanner)) &&
               !strchr("{}[]:,\"", scanner->text[scanner->at]))
                scanner->at++;
}

/* Without recursion: the depth of a value is its writer's choice. */
static bool skip_value(Scanner *scanner) {
        size_t depth = 0;

        do {
                skip_blanks(scanner);
                switch (scanner_peek(scanner)) {
                case '{':
                case '[':
                        depth++;
                        scanner->at++;
                        break;
                case '}':
                case ']':
                        if (depth == 0)
                                return false;
                        depth--;
                        scanner->at++;
                        break;
                case ':':
                case ',':
                        if (depth == 0)
                                return false;
                        scanner->at++;
                        break;
                case '"':
                        if (!skip_string(scanner))
                                return false;
                        break;
                case 0:
                        return false;
                default:
                        skip_word(scanner);
                }
        } while (depth > 0);

        return true;
}

/* Is the string of JSON, quotes included, this key? jansson reads the rare one with escapes. */
static bool string_is_key(const char *string, size_t size, const char *key) {
        json_t *json;
        bool equal;

        if (!memchr(string, '\\', size))
                return size == strlen(key) + 2 && memcmp(string + 1, key, size - 2) == 0;

        json = json_loadb(string, size, JSON_DECODE_ANY, NULL);
        equal = string_equal(json_string_value(json), key);
        json_decref(json);
        return equal;
}

/* Go to the value of a key; *ret_start is where the key begins. */
static bool enter_key(Scanner *scanner, const char *key, size_t *ret_start) {
        if (!take_byte(scanner, '{'))
                return false;

        for (;;) {
                size_t start;

                skip_blanks(scanner);
                start = scanner->at;
                if (!skip_string(scanner))
                        return false;

                if (string_is_key(scanner->text + start, scanner->at - start, key)) {
                        *ret_start = start;
                        return take_byte(scanner, ':');
                }

                if (!take_byte(scanner, ':') || !skip_value(scanner) || !take_byte(scanner, ','))
                        return false;
        }
}

static bool enter_index(Scanner *scanner, size_t index, size_t *ret_start) {
        if (!take_byte(scanner, '['))
                return false;

        for (size_t i = 0; i < index; i++)
                if (!skip_value(scanner) || !take_byte(scanner, ','))
                        return false;

        skip_blanks(scanner);
        if (scanner_peek(scanner) == ']')
                return false;

        *ret_start = scanner->at;
        return true;
}

TextPosition json_position_find(const char *text, size_t size, const JsonPath *path) {
        Scanner scanner = { .text = text, .size = size };
        size_t start;

        skip_blanks(&scanner);
        start = scanner.at;

        for (size_t i = 0; i < path->count; i++) {
                bool found = path->steps[i].key
                                             ? enter_key(&scanner, path->steps[i].key, &start)
                                             : enter_index(&scanner, path->steps[i].index, &start);

                if (!found)
                        break;
        }

        return text_position_at(text, size, start);
}
