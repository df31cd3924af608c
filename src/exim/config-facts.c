/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>

#include "exim/config-facts.h"
#include "util/text.h"

#define LISTS_MAX     1000
#define NAME_SIZE_MAX 128

typedef struct Line {
        const char *data;
        size_t size;
} Line;

static bool next_line(const char **cursor, Line *ret) {
        const char *start = *cursor, *end;

        if (!*start)
                return false;

        end = strchrnul(start, '\n');
        *cursor = *end ? end + 1 : end;
        while (start < end && isspace((unsigned char) *start))
                start++;
        *ret = (Line){ start, (size_t) (end - start) };
        return true;
}

static bool is_name(char c) {
        return isalnum((unsigned char) c) || c == '_';
}

static void skip_space(Line *line) {
        while (line->size > 0 && isspace((unsigned char) *line->data)) {
                line->data++;
                line->size--;
        }
}

/* Cut a word of letters, digits and underscores off the front. */
static Line take_word(Line *line) {
        Line word = { line->data, 0 };

        while (word.size < line->size && is_name(line->data[word.size]))
                word.size++;
        line->data += word.size;
        line->size -= word.size;
        return word;
}

static bool is_word(Line word, const char *wanted) {
        return word.size == strlen(wanted) && memcmp(word.data, wanted, word.size) == 0;
}

static bool is_word_of(Line word, const char *const words[], size_t count) {
        for (size_t i = 0; i < count; i++)
                if (is_word(word, words[i]))
                        return true;

        return false;
}

static int append_name(StringList *names, Line name) {
        CLEANUP(freep) char *copy = NULL;

        if (name.size == 0 || name.size > NAME_SIZE_MAX || names->count >= LISTS_MAX)
                return 0;

        copy = strndup(name.data, name.size);
        return copy ? string_list_append(names, copy) : -ENOMEM;
}

/* "[hide ]domainlist[_cache] NAME = ..." */
static int parse_list(Line line, StringList *lists) {
        static const char *const kinds[] = { "domainlist", "domainlist_cache" };
        Line word = take_word(&line);

        if (is_word(word, "hide")) {
                skip_space(&line);
                word = take_word(&line);
        }
        if (!is_word_of(word, kinds, ELEMENTS_OF(kinds)))
                return 0;

        skip_space(&line);
        return append_name(lists, take_word(&line));
}

/*
 * The named lists of "+a : +b", up to an item that is negated: behind one, or with another
 * separator, the list says something else.
 */
static int parse_items(Line line, StringList *names) {
        for (;;) {
                int r;

                skip_space(&line);
                if (line.size == 0 || line.data[0] != '+')
                        return 0;
                line.data++;
                line.size--;
                r = append_name(names, take_word(&line));
                if (r < 0)
                        return r;
                skip_space(&line);
                if (line.size == 0 || line.data[0] != ':')
                        return 0;
                line.data++;
                line.size--;
        }
}

/* A line of the section of ACLs. `takes`: the verb lets mail pass by what its conditions name. */
static int parse_acl(Line line, bool *takes, StringList *names) {
        static const char *const verbs[] = { "accept", "require", "deny", "defer",
                                             "drop",   "discard", "warn" };
        Line rest = line, word = take_word(&rest);

        if (is_word_of(word, verbs, ELEMENTS_OF(verbs))) {
                *takes = is_word_of(word, verbs, 2);
                line = rest;
                skip_space(&line);
                rest = line;
                word = take_word(&rest);
        }

        skip_space(&rest);
        if (!*takes || !is_word(word, "domains") || rest.size == 0 || rest.data[0] != '=')
                return 0;

        rest.data++;
        rest.size--;
        return parse_items(rest, names);
}

static bool begins_section(Line line, const char *name) {
        Line word = take_word(&line);

        if (!is_word(word, "begin"))
                return false;

        skip_space(&line);
        return !name || is_word(take_word(&line), name);
}

int exim_own_domains_parse(const char *config, StringList *ret) {
        static const char *const stock[] = {
                "local_domains",      /* Exim's, Debian's, cPanel's */
                "relay_to_domains",   /* Exim's, Debian's */
                "relay_domains",      /* DirectAdmin's */
                "secondarymx_domains" /* cPanel's */
        };
        CLEANUP(string_list_done) StringList lists = {}, named = {}, own = {};
        bool in_main = true, in_acl = false, takes = false;
        const char *cursor = config;
        Line line;
        int r = 0;

        while (r >= 0 && next_line(&cursor, &line)) {
                if (begins_section(line, NULL)) {
                        in_main = false;
                        in_acl = begins_section(line, "acl");
                } else if (in_main)
                        r = parse_list(line, &lists);
                else if (in_acl)
                        r = parse_acl(line, &takes, &named);
        }

        string_list_sort_unique(&named);
        for (size_t i = 0; r >= 0 && i < ELEMENTS_OF(stock); i++)
                if (string_list_contains(&lists, stock[i]))
                        r = string_list_append(&own, stock[i]);
        for (size_t i = 0; r >= 0 && i < named.count; i++)
                if (string_list_contains(&lists, named.items[i]))
                        r = string_list_append(&own, named.items[i]);
        if (r < 0)
                return r;

        string_list_sort_unique(&own);
        *ret = own;
        own = (StringList){};
        return 0;
}

int exim_main_log_parse(const char *value, char **ret_path) {
        static const char mark[] = "%s";
        const char *path, *end, *name;
        char *main_log;

        /* a list of places, of which one may be a path */
        for (path = value; *path; path = *end ? end + 1 : end) {
                while (isspace((unsigned char) *path))
                        path++;
                end = strchrnul(path, ':');
                if (*path == '/')
                        break;
        }
        if (!*path)
                return -ENOENT;
        while (end > path && isspace((unsigned char) end[-1]))
                end--;

        name = memmem(path, (size_t) (end - path), mark, strlen(mark));
        if (!name || memchr(path, '%', (size_t) (name - path)) ||
            memchr(name + 1, '%', (size_t) (end - name - 1)))
                return -ENOENT;

        main_log =
                        string_format("%.*smain%.*s",
                                      (int) (name - path),
                                      path,
                                      (int) (end - name - 2),
                                      name + 2);
        if (!main_log)
                return -ENOMEM;

        *ret_path = main_log;
        return 0;
}

bool exim_config_has_server_auth(const char *config) {
        /* what a client's side may have, too, or what alone lets nobody in */
        static const char *const others[] = { "server_set_id",
                                              "server_debug_print",
                                              "server_advertise_condition",
                                              "server_mail_auth_condition" };
        const char *cursor = config;
        bool in_section = false;
        Line line;

        while (next_line(&cursor, &line)) {
                Line word;

                if (begins_section(line, NULL)) {
                        in_section = begins_section(line, "authenticators");
                        continue;
                }
                word = take_word(&line);
                if (in_section && word.size > 7 && memcmp(word.data, "server_", 7) == 0 &&
                    !is_word_of(word, others, ELEMENTS_OF(others)))
                        return true;
        }

        return false;
}
