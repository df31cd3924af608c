/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Inside of EximEdits, for the files that render, check and apply them. */

#include "exim/exim.h"
#include "exim/options.h"
#include "util/atomic-file.h"

typedef struct EximFile {
        char *path;       /* owned */
        int dir_fd;       /* owned */
        const char *name; /* in `path` */
        char *before;     /* owned; NULL: no such file */
        size_t before_size;
        char *after; /* owned; NULL: shall not be there */
        size_t after_size;
        bool had_block; /* `before` holds an edit of ours */
        bool is_target; /* what Exim reads in the layout in force */
        AtomicFile staged;
} EximFile;

struct EximEdits {
        EximFile *items; /* owned: only files that change; the target is the last */
        size_t count;
};

/* The file as it is now, "" with a NULL text if it is not there. Return: 0, -ELOOP (a symbolic
 * link), -EFBIG, -EISDIR (no regular file), another negative errno. */
WARN_UNUSED int exim_file_read(int dir_fd, const char *name, char **ret_text, size_t *ret_size);

/* A unified diff of two texts, NULL ones being files that are not there. The caller frees. */
WARN_UNUSED int exim_diff_texts(
                const char *path,
                const char *before,
                size_t before_size,
                const char *after,
                size_t after_size,
                char **ret_diff);

/* Is the file still what the edits were computed from? Return: 0; or a negative errno with
 * StorageFailed. */
WARN_UNUSED int exim_file_check_unchanged(const EximFile *file, Failure *reterr);
