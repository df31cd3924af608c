/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The marked block that keeps our lines in somebody else's file: its writing and reading. Pure. */

#include "util/text.h"

typedef enum EximBlockKind {
        EXIM_BLOCK_CHANGED, /* stands where the old lines, kept in it, stood */
        EXIM_BLOCK_ADDED,
        EXIM_BLOCK_MADE, /* added to nothing: the file is ours */
        _EXIM_BLOCK_KIND_MAX,
} EximBlockKind;

/* Is the line one of our marks, whole or not? */
bool exim_block_is_mark(const char *line, size_t size);

/* A block is written from begin to end; `start` is the text's size before it. */
void exim_block_begin(Text *text, EximBlockKind kind, const char *newline, size_t *ret_start);
/* Keep physical lines; the last may lack its newline. */
void exim_block_keep(Text *text, const char *lines, size_t size, const char *newline);
void exim_block_end(Text *text, size_t start, const char *newline);

typedef struct EximBlock {
        EximBlockKind kind;
        size_t size;        /* from its BEGIN to behind the newline of its END */
        const char *inside; /* its lines without the marks */
        size_t inside_size;
        size_t newline_size; /* of the lines that are ours: 1, or 2 with a carriage return */
} EximBlock;

/* Read the block that begins at `start`. Return: 0, or -EBADMSG if it is not as we wrote it. */
WARN_UNUSED int exim_block_read(const char *start, const char *end, EximBlock *ret);

/*
 * Append all blocks of a text, whole or not, for people to see; never lines of others. Of a block
 * without its END only as much is ours for certain as `known` has too (NULL: nothing is known).
 */
void exim_blocks_show(
                Text *shown, const char *text, size_t size, const char *known, size_t known_size);

/* Append the lines that the block keeps. `is_last`: nothing follows it in the file. */
void exim_block_restore(Text *text, const EximBlock *block, bool is_last);
