/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* File descriptors: closing, reading with a bound, writing all. */

#include "util/macro.h"

/* Close and keep errno. Always returns -EBADF, to be assigned back. Accepts negative numbers. */
int fd_close(int fd);

static inline void fd_closep(int *fd) {
        (void) fd_close(*fd);
}

/*
 * Read to the end of the file. The result is NUL-terminated (the NUL is not counted in the size),
 * the caller frees it. Return: 0, -EFBIG if there are more than size_max bytes, another negative
 * errno.
 */
WARN_UNUSED int fd_read_all(int fd, size_t size_max, char **ret_data, size_t *ret_size);

/* pipe2(2), both ends closed on exec. Return: 0 or a negative errno. */
WARN_UNUSED int fd_make_pipe(int *ret_read, int *ret_write);

/* Write every byte. Return: 0 or a negative errno. */
WARN_UNUSED int fd_write_all(int fd, const void *data, size_t size);

/* As fd_read_all(), by name below a directory (AT_FDCWD works); symbolic links are not followed. */
WARN_UNUSED int fd_read_file_at(
                int dir_fd, const char *name, size_t size_max, char **ret_data, size_t *ret_size);

#define FD_LINE_MAX 65536

/*
 * The first line that begins with the words, without its end; the caller frees it. Reads no further
 * and keeps only a piece of the file in memory, which takes a third of the time of reading all of a
 * large one first. A line of FD_LINE_MAX bytes ends the search. Return: 1, 0 when there is none, or
 * a negative errno.
 */
WARN_UNUSED int fd_find_line(int fd, const char *begin, char **ret);

/* The one listening Unix socket that systemd has started this program with. Return: it, or a
 * negative errno. */
WARN_UNUSED int fd_take_listening(void);
