/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "meter/log-lines.h"

#define BUFFER_SIZE ((size_t) 256 * 1024)

int log_lines_init(LogLines *lines) {
        *lines = (LogLines){ .buffer = malloc(BUFFER_SIZE) };
        return lines->buffer ? 0 : -ENOMEM;
}

void log_lines_done(LogLines *lines) {
        free(lines->buffer);
        *lines = (LogLines){};
}

uint64_t log_lines_left(const LogLines *lines) {
        return lines->dropped + (lines->end - lines->begin);
}

bool log_lines_restart(LogLines *lines) {
        bool was_in_line = log_lines_left(lines) > 0;

        lines->begin = lines->end = 0;
        lines->is_in_long_line = false;
        lines->dropped = 0;
        return was_in_line;
}

int log_lines_peek(const LogLines *lines, LogText *ret, uint64_t *ret_bytes) {
        const char *line = lines->buffer + lines->begin;
        const char *newline = memchr(line, '\n', lines->end - lines->begin);

        if (!newline)
                return LOG_LINES_E_NONE;

        *ret = (LogText){ line, (size_t) (newline - line) };
        *ret_bytes = lines->dropped + ret->size + 1;
        return lines->is_in_long_line || ret->size > LOG_LINE_SIZE_MAX ? LOG_LINES_E_LONG : 0;
}

void log_lines_take(LogLines *lines, uint64_t bytes) {
        assert(bytes >= lines->dropped && bytes <= log_lines_left(lines));

        lines->begin += (size_t) (bytes - lines->dropped);
        lines->is_in_long_line = false;
        lines->dropped = 0;
}

ssize_t log_lines_fill(LogLines *lines, int fd) {
        size_t left = lines->end - lines->begin;
        ssize_t n;

        if (left > LOG_LINE_SIZE_MAX)
                lines->is_in_long_line = true;
        if (lines->is_in_long_line)
                lines->dropped += left;
        else
                memmove(lines->buffer, lines->buffer + lines->begin, left);
        lines->begin = 0;
        lines->end = lines->is_in_long_line ? 0 : left;

        n = read(fd, lines->buffer + lines->end, BUFFER_SIZE - lines->end);
        if (n < 0)
                return -errno;
        lines->end += (size_t) n;
        return n;
}
