/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Physical and logical lines of an Exim configuration, as readconf.c of Exim 4.96 sees them, with
 * one difference: neither macros nor conditions are evaluated, so every branch of an .ifdef is
 * read. Where that leaves open what a line belongs to, the line is marked ambiguous. Pure.
 *
 * Bytes are never changed: a lexer says where things are, and the editor copies all else.
 */

#include "util/text.h"

typedef enum EximLineKind {
        EXIM_LINE_COMMENT,
        EXIM_LINE_CONDITION, /* .ifdef, .else, .endif ... */
        EXIM_LINE_INCLUDE,   /* .include, .include_if_exists */
        EXIM_LINE_CONTENT,   /* everything else, blank lines too */
} EximLineKind;

typedef struct EximLine {
        EximLineKind kind;
        const char *start;
        size_t size; /* with its newline, if it has one */
        const char *content;
        size_t content_size; /* without leading white space and newline, and up to the first NUL */
        int opens;           /* EXIM_LINE_CONDITION: 1 .ifdef, -1 .endif, else 0 */
        bool is_else;        /* EXIM_LINE_CONDITION: one branch ends and the next begins */
} EximLine;

/* The physical line at `start`, which must be before `end`. */
EximLine exim_line_at(const char *start, const char *end);

typedef struct EximLogical {
        const char *start; /* first physical line */
        size_t size;       /* up to the end of the last physical line */
        size_t number;     /* of the first physical line, from 1 */
        const char *text;  /* joined, without comments; not NUL-terminated; valid until the next */
        size_t text_size;
        unsigned depth;     /* .ifdefs around its start */
        bool has_directive; /* a condition or an include stands between its physical lines */
        bool ambiguous;     /* conditions decide whether it is a line of its own */
        bool is_open;       /* the text ends where it goes on */
} EximLogical;

typedef struct EximLexer {
        const char *cursor;
        const char *end;
        size_t number;
        unsigned depth;
        bool ambiguous;
        unsigned ambiguous_depth; /* ends with a logical line at this depth or below */
        Text joined;
} EximLexer;

void exim_lexer_init(EximLexer *lexer, const char *data, size_t size);
void exim_lexer_done(EximLexer *lexer);

/* Return: 1 and the next logical line, 0 at the end, -ENOMEM. */
WARN_UNUSED int exim_lexer_next(EximLexer *lexer, EximLogical *ret);

/* Does a new section begin here, so that the main section is over? */
bool exim_logical_is_section(const EximLogical *logical);

/* The option that it sets, behind any "hide": a slice of `text`. Return: false if it sets none (a
 * macro, a list, a section). */
bool exim_logical_option(const EximLogical *logical, const char **ret_name, size_t *ret_size);

/* Exim's idea of white space. */
bool exim_is_space(char c);
