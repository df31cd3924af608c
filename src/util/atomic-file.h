/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Files that are replaced whole or not at all, and durable once they are. In two steps, so that
 * several files can be written (the disk may be full) before the first of them is renamed:
 *
 *     atomic_file_prepare()  temporary in the same directory, content, mode, xattrs, owner, fsync
 *     atomic_file_commit()   rename over the name, fsync of the directory
 *
 * The temporary has one fixed name per target, ".NAME.smtp-restrictions": a crash leaves at most
 * one, and the next writer or atomic_file_forget() removes it. The caller makes sure that nobody
 * else writes the same target.
 */

#include <sys/stat.h>

#include "util/macro.h"

typedef struct AtomicFile {
        int dir_fd;      /* owned */
        char *name;      /* owned: the target's name in the directory */
        char *temporary; /* owned: the temporary's name, NULL when there is none */
} AtomicFile;

#define ATOMIC_FILE_NONE                                                                           \
        { .dir_fd = -EBADF }

typedef struct AtomicFileOptions {
        mode_t mode;        /* of a new file */
        uid_t uid;          /* owner of a new file; (uid_t) -1: the writer */
        gid_t gid;          /* group of a new file; (gid_t) -1: the writer's */
        bool keep_metadata; /* mode, owner and extended attributes of an existing target win over
                               the above */
} AtomicFileOptions;

/* Return: 0 or a negative errno; after a failure nothing is left behind. */
WARN_UNUSED int atomic_file_prepare(
                int dir_fd,
                const char *name,
                const void *data,
                size_t size,
                const AtomicFileOptions *options,
                AtomicFile *ret);

/* Return: 0, or a negative errno. If it was the directory's fsync that failed, the name may be the
 * new file already. */
WARN_UNUSED int atomic_file_commit(AtomicFile *file);

/* Unlink the temporary if it was not committed. */
void atomic_file_done(AtomicFile *file);

/* Both steps at once. */
WARN_UNUSED int atomic_file_write(
                int dir_fd,
                const char *name,
                const void *data,
                size_t size,
                const AtomicFileOptions *options);

/* Remove a file durably. Return: 0 (also when it was not there) or a negative errno. */
WARN_UNUSED int atomic_file_remove(int dir_fd, const char *name);

/* Remove the temporary that a crash may have left. Return: 0 (also when there is none) or a
 * negative errno. */
WARN_UNUSED int atomic_file_forget(int dir_fd, const char *name);

/* Path of the temporary of a target, relative to its directory. The caller frees. NULL when out of
 * memory. */
char *atomic_file_temporary_name(const char *name);
