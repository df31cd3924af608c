/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Whole lines out of a file that is read in pieces. Of a line that is longer than LOG_LINE_SIZE_MAX
 * only the length is kept, so that the room is bounded.
 */

#include <sys/types.h>

#include "meter/log-line.h"

/* As {} it is empty, and needs log_lines_init(). */
typedef struct LogLines {
        char *buffer;         /* owned */
        size_t begin, end;    /* in the buffer: what was read and not taken */
        bool is_in_long_line; /* up to its newline nothing is a line */
        uint64_t dropped;     /* bytes of it that are not in the buffer any more */
} LogLines;

WARN_UNUSED int log_lines_init(LogLines *lines);
void log_lines_done(LogLines *lines);

/* Forget what is left: another file, or another place in it. Return: was it part of a line? */
bool log_lines_restart(LogLines *lines);

/* Bytes that were read of the line that has no end yet, and of those behind it. */
uint64_t log_lines_left(const LogLines *lines);

enum { LOG_LINES_E_NONE = 1, LOG_LINES_E_LONG };

/*
 * The next line and how many bytes it has in the file, with its newline. Return: 0;
 * LOG_LINES_E_NONE: none is whole; LOG_LINES_E_LONG: one that is too long, without its text.
 */
int log_lines_peek(const LogLines *lines, LogText *ret, uint64_t *ret_bytes);
/* Go behind that line. */
void log_lines_take(LogLines *lines, uint64_t bytes);

/* Read on. Return: the number of bytes, 0 at the end of the file, a negative errno. */
WARN_UNUSED ssize_t log_lines_fill(LogLines *lines, int fd);
