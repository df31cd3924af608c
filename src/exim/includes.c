/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "exim/includes.h"
#include "exim/lex.h"
#include "util/text.h"

#define LINE_NUMBER_MAX ((size_t) 100 * 1000 * 1000)

static void include_done(EximInclude *include) {
        free(include->parent);
        free(include->path);
        *include = (EximInclude){};
}

void exim_includes_done(EximIncludes *includes) {
        for (size_t i = 0; i < includes->count; i++)
                include_done(&includes->items[i]);
        free(includes->items);
        *includes = (EximIncludes){};
}

bool exim_includes_have(const EximIncludes *includes, const char *path) {
        for (size_t i = 0; i < includes->count; i++)
                if (includes->items[i].in_main && string_equal(includes->items[i].path, path))
                        return true;

        return false;
}

bool exim_includes_name_the_same(const EximIncludes *a, const EximIncludes *b) {
        if (a->count != b->count)
                return false;

        for (size_t i = 0; i < a->count; i++)
                if (!string_equal(a->items[i].path, b->items[i].path))
                        return false;

        return true;
}

bool exim_position_parse(
                const char *line,
                size_t size,
                size_t *ret_number,
                const char **ret_path,
                size_t *ret_path_size) {
        const char *s = line, *end = line + size;
        size_t number = 0;

        if (size < 2 || s[0] != '#' || s[1] != ' ')
                return false;

        for (s += 2; s < end && isdigit((unsigned char) *s) && number < LINE_NUMBER_MAX; s++)
                number = number * 10 + (size_t) (*s - '0');
        if (end - s < 5 || s[0] != ' ' || s[1] != '"' || s[2] != '/' || end[-1] != '"')
                return false;

        *ret_number = number;
        *ret_path = s + 2;
        *ret_path_size = (size_t) (end - 1 - *ret_path);
        return true;
}

/* ---- what Exim has read ---- */

typedef struct Reader {
        EximIncludes found;
        char *root;                     /* owned: the main file */
        size_t open[EXIM_INCLUDES_MAX]; /* the includes that are being read, by index */
        size_t depth;
        size_t pending; /* an include stands in this line of the innermost file; 0: none */
        bool main_is_over;
} Reader;

static void reader_done(Reader *reader) {
        exim_includes_done(&reader->found);
        free(reader->root);
}

/* Of the files that are being read, the one so many levels below the innermost; NULL: none. */
static const char *file_below(const Reader *reader, size_t levels) {
        if (levels > reader->depth)
                return NULL;
        if (levels == reader->depth)
                return reader->root;

        return reader->found.items[reader->open[reader->depth - 1 - levels]].path;
}

static int enter(Reader *reader, const char *path) {
        EximInclude *include = &reader->found.items[reader->found.count];
        int r;

        if (reader->found.count == EXIM_INCLUDES_MAX)
                return -E2BIG;

        /* A file that includes itself cannot be told from one that goes on. */
        r = string_equal(path, reader->root) ? -EBADMSG : 0;
        for (size_t i = 0; i < reader->depth; i++)
                if (string_equal(path, reader->found.items[reader->open[i]].path))
                        r = -EBADMSG;
        if (r < 0)
                return r;

        *include = (EximInclude){
                .parent = strdup(file_below(reader, 0)),
                .line = reader->pending,
                .path = strdup(path),
                .in_main = !reader->main_is_over,
        };
        reader->open[reader->depth++] = reader->found.count++;
        reader->pending = 0;
        return include->parent && include->path ? 0 : -ENOMEM;
}

/*
 * Exim says where it is: at an include where that stands, then the first line of the file (nothing
 * if there is none), and behind it where the include stands once more.
 */
static int obey_position(Reader *reader, size_t number, const char *path) {
        const char *top = reader->root ? file_below(reader, 0) : NULL;

        if (!reader->root) {
                reader->root = strdup(path);
                return reader->root ? 0 : -ENOMEM;
        }

        if (reader->pending > 0) {
                if (number == 1 && !string_equal(path, top))
                        return enter(reader, path);
                if (number != reader->pending || !string_equal(path, top))
                        return -EBADMSG;
                reader->pending = 0;
                return 0;
        }

        if (string_equal(path, top)) {
                reader->pending = number;
                return number > 0 ? 0 : -EBADMSG;
        }
        if (!string_equal(path, file_below(reader, 1)) ||
            number != reader->found.items[reader->open[reader->depth - 1]].line)
                return -EBADMSG;

        reader->depth--;
        return 0;
}

static void obey_line(Reader *reader, const char *line, size_t size) {
        if (reader->main_is_over || size < 6 || strncasecmp(line, "begin ", 6) != 0)
                return;

        reader->main_is_over = true;
        for (size_t i = 0; i < reader->depth; i++)
                reader->found.items[reader->open[i]].ends_main = true;
}

static int read_line(Reader *reader, const char *line, size_t size) {
        CLEANUP(freep) char *path = NULL;
        size_t number, path_size;
        const char *start;

        if (!exim_position_parse(line, size, &number, &start, &path_size)) {
                obey_line(reader, line, size);
                return 0;
        }

        path = strndup(start, path_size);
        return path ? obey_position(reader, number, path) : -ENOMEM;
}

int exim_includes_parse(const char *output, EximIncludes *ret) {
        CLEANUP(reader_done) Reader reader = {};

        reader.found.items = calloc(EXIM_INCLUDES_MAX + 1, sizeof(EximInclude));
        if (!reader.found.items)
                return -ENOMEM;

        for (const char *line = output; *line;) {
                const char *end = strchrnul(line, '\n');
                int r;

                r = read_line(&reader, line, (size_t) (end - line));
                if (r < 0)
                        return r;
                line = *end ? end + 1 : end;
        }
        if (reader.depth > 0 || reader.pending > 0)
                return -EBADMSG;

        *ret = reader.found;
        reader.found = (EximIncludes){};
        return 0;
}

/* ---- include lines in a text ---- */

int exim_include_find(const char *text, size_t size, size_t line, size_t *ret_index) {
        const char *end = text + size;
        size_t index = 0, number = 1;

        for (const char *s = text; s < end; number++) {
                EximLine physical = exim_line_at(s, end);

                if (number == line) {
                        *ret_index = index;
                        return physical.kind == EXIM_LINE_INCLUDE ? 0 : -ENOENT;
                }
                if (physical.kind == EXIM_LINE_INCLUDE)
                        index++;
                s += physical.size;
        }

        return -ENOENT;
}

const char *exim_include_at(const char *text, size_t size, size_t index) {
        const char *end = text + size;

        for (const char *s = text; s < end;) {
                EximLine line = exim_line_at(s, end);

                if (line.kind == EXIM_LINE_INCLUDE && index-- == 0)
                        return s;
                s += line.size;
        }

        return NULL;
}

int exim_includes_rewrite(
                const char *text,
                size_t size,
                const char *const paths[],
                size_t count,
                char **ret_text,
                size_t *ret_size) {
        CLEANUP(text_done) Text out = {};
        const char *end = text + size;
        size_t index = 0;

        for (const char *s = text; s < end;) {
                EximLine line = exim_line_at(s, end);
                const char *path = NULL;

                if (line.kind == EXIM_LINE_INCLUDE && index < count)
                        path = paths[index++];
                if (path)
                        text_append_format(&out, ".include \"%s\"\n", path);
                else
                        text_append(&out, line.start, line.size);
                s += line.size;
        }

        return text_finish(&out, ret_text, ret_size);
}
