/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <strings.h>

#include "exim/lex.h"

/* ASCII only, whatever the locale: Exim runs in "C". */
bool exim_is_space(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* clang-format off */
static const struct {
        const char *name;
        int opens;
        bool is_else;
} conditions[] = {
        { ".ifdef",      1, false },
        { ".ifndef",     1, false },
        { ".elifdef",    0, true  },
        { ".elifndef",   0, true  },
        { ".else",       0, true  },
        { ".endif",     -1, false },
};
/* clang-format on */

static bool has_prefix(const EximLine *line, const char *prefix, size_t *ret_size) {
        *ret_size = strlen(prefix);
        return line->content_size >= *ret_size && memcmp(line->content, prefix, *ret_size) == 0;
}

/*
 * Exim drops every line that begins with a condition's name, but obeys it only before a blank, the
 * end of the line, or (a slip in its source, where a tab was meant) the letter t. So ".endif\r\n"
 * ends nothing.
 */
static bool classify_condition(EximLine *line) {
        for (size_t i = 0; i < ELEMENTS_OF(conditions); i++) {
                size_t size;
                bool obeyed;

                if (!has_prefix(line, conditions[i].name, &size))
                        continue;

                obeyed = line->content_size == size || line->content[size] == ' ' ||
                         line->content[size] == 't';

                line->kind = EXIM_LINE_CONDITION;
                line->opens = obeyed ? conditions[i].opens : 0;
                line->is_else = obeyed && conditions[i].is_else;
                return true;
        }

        return false;
}

static bool classify_include(EximLine *line) {
        static const char *const names[] = { ".include", ".include_if_exists" };

        for (size_t i = 0; i < ELEMENTS_OF(names); i++) {
                size_t size;

                if (!has_prefix(line, names[i], &size))
                        continue;
                /* the newline, which is no part of the content, is white space too */
                if (line->content_size > size && !exim_is_space(line->content[size]))
                        continue;

                line->kind = EXIM_LINE_INCLUDE;
                return true;
        }

        return false;
}

EximLine exim_line_at(const char *start, const char *end) {
        EximLine line = { .kind = EXIM_LINE_CONTENT, .start = start };
        const char *newline = memchr(start, '\n', (size_t) (end - start));
        const char *stop = newline ?: end;
        const char *nul;

        line.size = (size_t) ((newline ? newline + 1 : end) - start);

        /* fgets() and strlen(): what stands behind a NUL is never seen */
        nul = memchr(start, 0, (size_t) (stop - start));
        if (nul)
                stop = nul;

        line.content = start;
        while (line.content < stop && exim_is_space(*line.content))
                line.content++;
        line.content_size = (size_t) (stop - line.content);

        if (line.content_size == 0)
                return line;

        if (line.content[0] == '#')
                line.kind = EXIM_LINE_COMMENT;
        else if (line.content[0] == '.' && !classify_condition(&line))
                (void) classify_include(&line);

        return line;
}

void exim_lexer_init(EximLexer *lexer, const char *data, size_t size) {
        *lexer = (EximLexer){ .cursor = data, .end = data + size, .number = 1 };
}

void exim_lexer_done(EximLexer *lexer) {
        text_done(&lexer->joined);
        *lexer = (EximLexer){};
}

/* A condition while a logical line is open, or while it is unclear whether one is. */
static void note_ambiguity(EximLexer *lexer, const EximLine *line, unsigned depth_before) {
        unsigned low = lexer->depth;

        /* .else leaves its branch before it enters the next */
        if (line->is_else && low > 0)
                low--;
        if (low > depth_before)
                low = depth_before;

        if (!lexer->ambiguous || low < lexer->ambiguous_depth)
                lexer->ambiguous_depth = low;
        lexer->ambiguous = true;
}

static void obey_directive(EximLexer *lexer, const EximLine *line, bool in_logical) {
        unsigned before = lexer->depth;

        if (line->kind != EXIM_LINE_CONDITION)
                return;

        if (line->opens > 0)
                lexer->depth++;
        else if (line->opens < 0 && lexer->depth > 0)
                lexer->depth--;

        if (in_logical || lexer->ambiguous)
                note_ambiguity(lexer, line, before);
}

static size_t trimmed_size(const char *text, size_t size) {
        while (size > 0 && exim_is_space(text[size - 1]))
                size--;

        return size;
}

/*
 * Add a physical line to the logical one: trailing white space goes, also what earlier lines left,
 * then a last backslash. Return: does the logical line go on?
 */
static bool join_line(EximLexer *lexer, EximLogical *logical, const EximLine *line, bool first) {
        bool continued;

        if (first) {
                logical->text = line->content;
                logical->text_size = trimmed_size(line->content, line->content_size);

                continued = logical->text_size > 0 && logical->text[logical->text_size - 1] == '\\';
                if (!continued)
                        return false; /* most lines: nothing is copied */

                lexer->joined.size = 0;
                text_append(&lexer->joined, logical->text, logical->text_size);
        } else
                text_append(&lexer->joined, line->content, line->content_size);

        if (lexer->joined.failed)
                return false;

        lexer->joined.size = trimmed_size(lexer->joined.data, lexer->joined.size);
        continued = lexer->joined.size > 0 && lexer->joined.data[lexer->joined.size - 1] == '\\';
        if (continued)
                lexer->joined.size--;

        logical->text = lexer->joined.data;
        logical->text_size = lexer->joined.size;
        return continued;
}

int exim_lexer_next(EximLexer *lexer, EximLogical *ret) {
        EximLogical logical = {};
        bool open = false, pending_directive = false;

        while (lexer->cursor < lexer->end) {
                EximLine line = exim_line_at(lexer->cursor, lexer->end);
                bool continued;

                lexer->cursor += line.size;
                lexer->number++;

                if (line.kind == EXIM_LINE_COMMENT)
                        continue;
                if (line.kind != EXIM_LINE_CONTENT) {
                        pending_directive = true;
                        obey_directive(lexer, &line, open);
                        continue;
                }

                if (!open)
                        logical = (EximLogical){
                                .start = line.start,
                                .number = lexer->number - 1,
                                .depth = lexer->depth,
                        };
                else if (pending_directive)
                        logical.has_directive = true;
                pending_directive = false;

                continued = join_line(lexer, &logical, &line, !open);
                if (lexer->joined.failed)
                        return -ENOMEM;

                logical.size = (size_t) (lexer->cursor - logical.start);
                logical.ambiguous = logical.ambiguous || lexer->ambiguous;
                open = continued;
                if (continued)
                        continue;

                if (lexer->ambiguous && lexer->depth <= lexer->ambiguous_depth)
                        lexer->ambiguous = false;
                if (logical.text_size == 0)
                        continue; /* blank lines are no logical lines */

                *ret = logical;
                return 1;
        }

        if (!open || logical.text_size == 0)
                return 0;

        logical.is_open = true;
        *ret = logical;
        return 1;
}

bool exim_logical_is_section(const EximLogical *logical) {
        return logical->text_size >= 6 && strncasecmp(logical->text, "begin ", 6) == 0;
}

bool exim_logical_option(const EximLogical *logical, const char **ret_name, size_t *ret_size) {
        const char *s = logical->text, *end = s + logical->text_size;

        while (s < end && is_letter(*s)) {
                const char *name = s;
                size_t size;

                while (s < end && is_name(*s))
                        s++;
                size = (size_t) (s - name);
                while (s < end && exim_is_space(*s))
                        s++;

                if (size == 4 && memcmp(name, "hide", 4) == 0)
                        continue;

                *ret_name = name;
                *ret_size = size;
                return true;
        }

        return false;
}
