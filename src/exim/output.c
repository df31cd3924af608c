/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>

#include "exim/includes.h"
#include "exim/output.h"
#include "util/parse.h"
#include "util/text.h"

#define PATHS_MAX 4096 /* entries of a search path, or files of a configuration */

typedef struct Slice {
        const char *data;
        size_t size;
} Slice;

/* Walk over lines; the slices are without newline. */
static bool next_line(const char **cursor, Slice *ret) {
        const char *start = *cursor, *end;

        if (!*start)
                return false;

        end = strchrnul(start, '\n');
        *ret = (Slice){ start, (size_t) (end - start) };
        *cursor = *end ? end + 1 : end;
        return true;
}

static bool take_prefix(Slice *slice, const char *prefix) {
        size_t size = strlen(prefix);

        if (slice->size < size || memcmp(slice->data, prefix, size) != 0)
                return false;

        slice->data += size;
        slice->size -= size;
        return true;
}

static int append_slice(StringList *list, const char *data, size_t size) {
        CLEANUP(freep) char *copy = strndup(data, size);

        if (!copy)
                return -ENOMEM;

        return string_list_append(list, copy);
}

void exim_version_done(EximVersion *version) {
        free(version->version);
        free(version->config);
        string_list_done(&version->search_path);
        *version = (EximVersion){};
}

static int parse_search_path(Slice path, StringList *ret) {
        const char *end = path.data + path.size;

        for (const char *s = path.data; s < end && ret->count < PATHS_MAX;) {
                const char *colon = memchr(s, ':', (size_t) (end - s)) ?: end;
                int r;

                if (*s == '/') {
                        r = append_slice(ret, s, (size_t) (colon - s));
                        if (r < 0)
                                return r;
                }
                s = colon + 1;
        }

        return 0;
}

/* The first line of its kind counts. */
static int set_once(char **field, Slice value) {
        if (*field)
                return 0;

        *field = strndup(value.data, value.size);
        return *field ? 0 : -ENOMEM;
}

int exim_version_parse(const char *output, EximVersion *ret) {
        CLEANUP(exim_version_done) EximVersion version = {};
        const char *cursor = output;
        Slice line;
        int r = 0;

        while (next_line(&cursor, &line)) {
                if (take_prefix(&line, "Exim version ")) {
                        const char *blank = memchr(line.data, ' ', line.size);

                        if (blank)
                                line.size = (size_t) (blank - line.data);
                        r = set_once(&version.version, line);
                } else if (take_prefix(&line, "Configuration file search path is ")) {
                        if (version.search_path.count == 0)
                                r = parse_search_path(line, &version.search_path);
                } else if (take_prefix(&line, "Configuration file is ") && line.size > 0 &&
                           line.data[0] == '/')
                        r = set_once(&version.config, line);
                if (r < 0)
                        return r;
        }

        if (!version.version || !version.version[0])
                return -EBADMSG;

        *ret = version;
        version = (EximVersion){};
        return 0;
}

int exim_option_parse(const char *output, const char *option, char **ret_value) {
        const char *cursor = output;
        Slice line;

        while (next_line(&cursor, &line)) {
                char *value;

                if (!take_prefix(&line, option) || !take_prefix(&line, " ="))
                        continue;
                (void) take_prefix(&line, " ");

                value = strndup(line.data, line.size);
                if (!value)
                        return -ENOMEM;
                *ret_value = value;
                return 0;
        }

        return -ENOENT;
}

int exim_number_parse(const char *printed, uint64_t *ret) {
        static const char suffixes[] = "KMG";
        CLEANUP(freep) char *digits = strdup(printed);
        size_t size = strlen(printed);
        unsigned shift = 0;
        const char *suffix;
        uint64_t value;

        if (!digits)
                return -EINVAL;

        suffix = size > 0 ? strchr(suffixes, digits[size - 1]) : NULL;
        if (suffix) {
                shift = 10 * (unsigned) (suffix - suffixes + 1);
                digits[size - 1] = 0;
        }
        if (parse_u64(digits, UINT32_MAX, &value) < 0)
                return -EINVAL;

        *ret = value << shift;
        return 0;
}

bool exim_value_equals(const char *printed, const char *wanted) {
        uint64_t value, number;

        if (string_equal(printed, wanted))
                return true;

        return exim_number_parse(printed, &value) >= 0 &&
               parse_u64(wanted, UINT64_MAX, &number) >= 0 && value == number;
}

bool exim_config_has_line(const char *output, const char *wanted) {
        const char *cursor = output;
        size_t size = strlen(wanted);
        Slice line;

        while (next_line(&cursor, &line))
                if (line.size == size && memcmp(line.data, wanted, size) == 0)
                        return true;

        return false;
}

int exim_files_parse(const char *output, StringList *ret) {
        CLEANUP(string_list_done) StringList files = {};
        const char *cursor = output;
        Slice line;

        /* comments of the configuration itself are not printed */
        while (files.count < PATHS_MAX && next_line(&cursor, &line)) {
                const char *path;
                size_t number, size;
                int r;

                if (!exim_position_parse(line.data, line.size, &number, &path, &size))
                        continue;

                r = append_slice(&files, path, size);
                if (r < 0)
                        return r;
        }

        string_list_sort_unique(&files);
        *ret = files;
        files = (StringList){};
        return 0;
}

/* "2026-11-20 08:25:08[.123] [+0100 ][[pid] ]": what a log line begins with. */
static Slice without_time(Slice line) {
        static const char pattern[] = "dddd-dd-dd dd:dd:dd";
        const char *s = line.data, *end = line.data + line.size;

        if (line.size < sizeof(pattern) - 1)
                return line;
        for (size_t i = 0; i < sizeof(pattern) - 1; i++)
                if (pattern[i] == 'd' ? !isdigit((unsigned char) s[i]) : s[i] != pattern[i])
                        return line;

        s += sizeof(pattern) - 1;
        while (s < end && (strchr(" .+-[]", *s) || isdigit((unsigned char) *s)))
                s++;

        return (Slice){ s, (size_t) (end - s) };
}

/*
 * Where the error begins: other lines, such as a warning about the environment, may stand before
 * it. Without one that says so it is the first line.
 */
static Slice find_error(const char *errors, const char **ret_next) {
        const char *cursor = errors;
        Slice line = { errors, 0 }, first = { errors, 0 };
        const char *after_first = NULL;

        while (next_line(&cursor, &line)) {
                line = without_time(line);
                if (memmem(line.data, line.size, "Exim configuration ", 19)) {
                        *ret_next = cursor;
                        return line;
                }
                if (!after_first && line.size > 0) {
                        first = line;
                        after_first = cursor;
                }
        }

        *ret_next = after_first ?: cursor;
        return first;
}

/* The first staged path at or behind `s`: its place, `end` without one. */
static const char *find_staged(
                const char *s, const char *end, const EximStaged *staged, const EximStaged **ret) {
        const char *first = end;

        for (; staged; staged = staged->next) {
                const char *hit = memmem(s, (size_t) (end - s), staged->path, strlen(staged->path));

                if (!hit || hit >= first)
                        continue;
                first = hit;
                *ret = staged;
        }

        return first;
}

static void append_replaced(Text *text, Slice slice, const EximStaged *staged) {
        const char *s = slice.data, *end = s + slice.size;

        while (s < end) {
                const EximStaged *found = NULL;
                const char *hit = find_staged(s, end, staged, &found);

                text_append(text, s, (size_t) (hit - s));
                s = hit;
                if (!found)
                        break;
                text_append_string(text, found->real);
                s += strlen(found->path);
        }
}

char *exim_error_text(const char *errors, const EximStaged *staged) {
        CLEANUP(text_done) Text text = {};
        const char *next;
        Slice line;

        append_replaced(&text, find_error(errors, &next), staged);
        if (next_line(&next, &line)) {
                while (line.size > 0 && line.data[0] == ' ')
                        (void) take_prefix(&line, " ");
                if (line.size > 0)
                        text_append(&text, " ", 1);
                append_replaced(&text, line, staged);
        }
        if (text.failed)
                return NULL;
        if (text.size == 0)
                return strdup("Exim gave no reason");

        return string_quote(text.data, text.size, EXIM_ERROR_TEXT_MAX);
}

char *exim_real_names(const char *words, const EximStaged *staged) {
        CLEANUP(text_done) Text text = {};

        char *names;

        append_replaced(&text, (Slice){ .data = words, .size = strlen(words) }, staged);
        return text_finish(&text, &names, NULL) < 0 ? NULL : names;
}

void exim_error_place_done(EximErrorPlace *place) {
        free(place->path);
        *place = (EximErrorPlace){};
}

static int set_place(const char *path, size_t size, const EximStaged *staged, char **ret) {
        CLEANUP(freep) char *copy = strndup(path, size);

        for (; copy && staged; staged = staged->next) {
                if (!string_equal(copy, staged->path))
                        continue;
                free(copy);
                copy = strdup(staged->real);
                break;
        }
        if (!copy)
                return -ENOMEM;

        *ret = TAKE(copy);
        return 0;
}

int exim_error_place_parse(const char *errors, const EximStaged *staged, EximErrorPlace *ret) {
        CLEANUP(exim_error_place_done) EximErrorPlace place = {};
        const char *next;
        Slice line = find_error(errors, &next);

        place.wrong_owner = memmem(line.data, line.size, "wrong owner, group, or mode", 27);
        place.set_twice = strstr(errors, "option set for the second time");

        /* Exim configuration error in line 13 of /path: */
        if (take_prefix(&line, "Exim configuration error in line ")) {
                while (line.size > 0 && isdigit((unsigned char) line.data[0]) &&
                       place.line < UINT32_MAX / 20) {
                        place.line = place.line * 10 + (uint32_t) (line.data[0] - '0');
                        line.data++;
                        line.size--;
                }
                if (take_prefix(&line, " of /") && line.size > 0) {
                        /* back over the slash, and without the last colon */
                        size_t size = line.size + (line.data[line.size - 1] == ':' ? 0 : 1);

                        if (set_place(line.data - 1, size, staged, &place.path) < 0)
                                return -ENOMEM;
                }
        }

        *ret = place;
        place = (EximErrorPlace){};
        return 0;
}
