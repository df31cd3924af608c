/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/edits.h"
#include "exim/layout.h"
#include "exim/view.h"
#include "util/fd.h"

static int apply_file(EximFile *file, Failure *reterr) {
        int r;

        if (file->is_new) {
                file->is_new = false; /* it is there already, and stays now */
                return 0;
        }

        if (file->after)
                r = atomic_file_commit(&file->staged);
        else
                r = atomic_file_remove(file->dir_fd, file->name);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "Failed to replace '%s': %s",
                                file->path,
                                strerror(-r));

        return 0;
}

static int apply_files(EximEdits *edits, bool acls, Failure *reterr) {
        for (size_t i = 0; i < edits->count; i++) {
                int r;

                if (edits->items[i].is_acl != acls)
                        continue;
                r = apply_file(&edits->items[i], reterr);
                if (r < 0)
                        return r;
        }

        return 0;
}

int exim_edits_apply(EximEdits *edits, Failure *reterr) {
        int r;

        for (size_t i = 0; i < edits->count; i++) {
                if (edits->items[i].is_new)
                        continue;
                assert(!edits->items[i].after || edits->items[i].staged.temporary);

                r = exim_file_check_unchanged(&edits->items[i], reterr);
                if (r < 0)
                        return r;
        }

        /* what others point to is there before they do */
        r = apply_files(edits, true, reterr);
        return r < 0 ? r : apply_files(edits, false, reterr);
}

void exim_edits_forget(const EximFacts *facts) {
        CLEANUP(string_list_done) StringList files = {};

        if (exim_layout_files(facts, &files) < 0)
                return;

        for (size_t i = 0; i < files.count; i++) {
                CLEANUP(fd_closep) int fd = -EBADF;
                const char *name;

                if (exim_file_open_directory(files.items[i], &fd, &name) < 0)
                        continue;
                /* What is left is only clutter: the next writer removes it too. */
                IGNORE_RESULT(atomic_file_forget(fd, name));
                exim_view_forget(fd, name);
        }
}
