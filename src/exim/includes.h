/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which lines include which files, as Exim itself tells it (exim -bP config): paths may be relative
 * or made by macros, and conditions decide whether a line is obeyed. And how to let such lines name
 * other files. Pure.
 */

#include "util/macro.h"

#define EXIM_INCLUDES_MAX 256

/* One time that a file was read. */
typedef struct EximInclude {
        char *parent;   /* owned: the file that has the line */
        size_t line;    /* its number there, from 1 */
        char *path;     /* owned: what it includes */
        bool in_main;   /* the main section was not over yet */
        bool ends_main; /* it is over somewhere in this file, or in one that this one includes */
} EximInclude;

/* In the order in which they were read. */
typedef struct EximIncludes {
        EximInclude *items; /* owned */
        size_t count;
} EximIncludes;

void exim_includes_done(EximIncludes *includes);

/* Return: 0; -EBADMSG if it cannot be told from what Exim printed; -E2BIG; -ENOMEM. */
WARN_UNUSED int exim_includes_parse(const char *output, EximIncludes *ret);

/* Is it one of the included files that are read before the main section is over? */
bool exim_includes_have(const EximIncludes *includes, const char *path);

/* The same files in the same order, wherever their lines are? */
bool exim_includes_name_the_same(const EximIncludes *a, const EximIncludes *b);

/* A line of `exim -bP config` that says where the next ones are from: # 9 "/path/file". */
bool exim_position_parse(
                const char *line,
                size_t size,
                size_t *ret_number,
                const char **ret_path,
                size_t *ret_path_size);

/*
 * The include lines of a text are told apart by their place among themselves, from 0: an edit adds
 * none, and takes none away.
 */

/* Of a line number. Return: 0; -ENOENT: no .include stands there, so that a macro makes it. */
WARN_UNUSED int exim_include_find(const char *text, size_t size, size_t line, size_t *ret_index);

/* The start of an include line, or NULL. */
const char *exim_include_at(const char *text, size_t size, size_t index);

/*
 * The text with other files included: by index, NULL as it is. The paths are absolute and without a
 * newline. The number of lines stays. The caller frees. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int exim_includes_rewrite(
                const char *text,
                size_t size,
                const char *const paths[],
                size_t count,
                char **ret_text,
                size_t *ret_size);
