/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Inside of EximEdits, for the files that render, check and apply them. */

#include <errno.h>

#include "exim/edit.h"
#include "exim/exim.h"
#include "exim/hooks.h"
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
        bool is_target; /* where limits are set in the layout in force */
        bool is_read;   /* Exim reads it itself: the main file of layout "single", or one that it
                           includes */
        bool is_acl;    /* an ACL file, which is ours alone */
        bool is_new;    /* an ACL file that was put in its place by the check */
        AtomicFile staged;
} EximFile;

struct EximEdits {
        EximFile *items; /* owned: only files that change, in the order in which they are renamed */
        size_t count;
        StringList in_included; /* see exim_edits_in_included() */
        EximHooks hooks;        /* ACL files that are to be there, and pointers to them */
};

#define EXIM_FILE_NONE                                                                             \
        { .dir_fd = -EBADF, .staged = ATOMIC_FILE_NONE }

void exim_file_done(EximFile *file);
/* Is it not yet as it should be? */
bool exim_file_changes(const EximFile *file);

/* Write its new content beside it. Return: 0; or a negative errno with StorageFailed. */
WARN_UNUSED int exim_file_prepare(EximFile *file, Failure *reterr);

/* Words for a file that cannot be edited: a negative errno of exim_file_read() (or -EFBIG); an
 * EXIM_EDIT_E_*. Return: a negative errno. */
WARN_UNUSED int exim_file_refuse(const char *path, int error, Failure *reterr);
WARN_UNUSED int exim_file_refuse_edit(
                const char *path, int error, const EximEditPlace *place, Failure *reterr);

/*
 * Layout "single" with limits: append the main file and those of its included files that have to
 * change, each option being replaced where it stands. Return: 0, or a negative errno.
 */
WARN_UNUSED int exim_group_render(
                const EximFacts *facts,
                const EximSettings *settings,
                EximEdits *edits,
                Failure *reterr);

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
