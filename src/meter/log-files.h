/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A log and what rotation has made of it, in the order in which it was written, and a place in one
 * of these files that is found again whatever it is called now. Reads only.
 */

#include "util/macro.h"

/*
 * Where to go on. `mark` is a digest of the bytes before it: inode numbers are used again, and a
 * copy has another one. Two places are the same if all of it is equal.
 */
typedef struct LogPlace {
        uint64_t inode;
        uint64_t offset;
        uint64_t mark;
} LogPlace;

/* Fill in the mark. Return: 0, -ENODATA if the file has fewer bytes, another negative errno. */
WARN_UNUSED int log_place_mark(int fd, uint64_t offset, uint64_t *ret_mark);

typedef struct LogFile {
        char *name; /* owned */
        uint64_t inode;
        int64_t written_nsec;
        uint64_t number; /* of NAME.1, NAME.2: the higher the older */
        bool is_current; /* NAME itself: always the last one */
} LogFile;

typedef struct LogFiles {
        LogFile *items; /* owned */
        size_t count;
} LogFiles;

#define LOG_FILES_MAX 1000

void log_files_done(LogFiles *files);

/*
 * NAME, and NAME.1, NAME-20261120 and the like: the oldest first. Compressed ones, and those that
 * somebody has given other names, are left out. Return: 0, -E2BIG, another negative errno.
 */
WARN_UNUSED int log_files_read(int dir_fd, const char *name, LogFiles *ret);

/* Return: the index, `count` without one. */
size_t log_files_find_inode(const LogFiles *files, uint64_t inode);
/* That of the file that has the place: the same file rather than a copy of it. */
size_t log_files_find_place(const LogFiles *files, int dir_fd, const LogPlace *place);

/* The file as it was listed. Return: a descriptor, -ESTALE if the name is another's now, another
 * negative errno. */
WARN_UNUSED int log_file_open(int dir_fd, const LogFile *file);
