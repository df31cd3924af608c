/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <sys/mman.h>

#include "exim/acl-files.h"
#include "exim/layout.h"
#include "util/fd.h"
#include "util/process.h"
#include "util/text.h"

#define DIFF_TIMEOUT_USEC (10 * USEC_PER_SEC)
#define DIFF_SIZE_MAX     (1024 * 1024)

void exim_diffs_free(EximDiff *diffs, size_t count) {
        for (size_t i = 0; i < count; i++) {
                free(diffs[i].path);
                free(diffs[i].diff);
        }
        free(diffs);
}

static int memory_file(const char *data, size_t size, int *ret_fd) {
        CLEANUP(fd_closep) int fd = memfd_create("smtp-restrictions-diff", MFD_CLOEXEC);
        int r;

        if (fd < 0)
                return -errno;

        r = fd_write_all(fd, data ?: "", data ? size : 0);
        if (r < 0)
                return r;

        *ret_fd = TAKE_FD(fd);
        return 0;
}

/* diff(1) reads both texts from memory: no temporary files, and nothing to clean up. */
int exim_diff_texts(
                const char *path,
                const char *before,
                size_t before_size,
                const char *after,
                size_t after_size,
                char **ret_diff) {
        CLEANUP(process_result_done) ProcessResult result = {};
        CLEANUP(fd_closep) int before_fd = -EBADF;
        CLEANUP(fd_closep) int after_fd = -EBADF;
        const char *const argv[] = {
                "/usr/bin/diff",
                "--unified",
                "--text",
                "--label",
                before ? path : "/dev/null",
                "--label",
                after ? path : "/dev/null",
                "/proc/self/fd/3",
                "/proc/self/fd/4",
                NULL,
        };
        int r;

        r = memory_file(before, before_size, &before_fd);
        if (r < 0)
                return r;
        r = memory_file(after, after_size, &after_fd);
        if (r < 0)
                return r;

        r = process_run(argv,
                        &(const ProcessOptions){
                                        .timeout_usec = DIFF_TIMEOUT_USEC,
                                        .output_max = DIFF_SIZE_MAX,
                                        .pass_fds = (const int[]){ before_fd, after_fd },
                                        .pass_fds_count = 2,
                        },
                        &result);
        if (r < 0)
                return r;
        /* 0: alike, 1: different, 2: trouble */
        if (r > 0 || result.status > 1)
                return -EIO;

        *ret_diff = TAKE(result.output);
        return 0;
}

typedef struct DiffList {
        EximDiff *items; /* owned */
        size_t count;
} DiffList;

static void diff_list_done(DiffList *list) {
        if (list->items)
                exim_diffs_free(list->items, list->count);
        *list = (DiffList){};
}

/* `file` shows what it is and shall be. There is room in the list. */
static int append(DiffList *list, const EximFile *file) {
        EximDiff *diff = &list->items[list->count++];

        diff->path = strdup(file->path);
        if (!diff->path)
                return -ENOMEM;

        return exim_diff_texts(
                        file->path,
                        file->before,
                        file->before_size,
                        file->after,
                        file->after_size,
                        &diff->diff);
}

static int append_going(DiffList *list, const char *path) {
        CLEANUP(exim_file_done) EximFile file = EXIM_FILE_NONE;
        int r;

        file.path = strdup(path);
        if (!file.path)
                return -ENOMEM;
        r = exim_file_open_directory(file.path, &file.dir_fd, &file.name);
        if (r >= 0)
                r = exim_file_read(file.dir_fd, file.name, &file.before, &file.before_size);

        return r < 0 ? r : append(list, &file);
}

int exim_edits_diff(const EximEdits *edits, EximDiff **ret_diffs, size_t *ret_count) {
        CLEANUP(diff_list_done) DiffList list = {};
        CLEANUP(string_list_done) StringList going = {};
        int r;

        r = exim_acl_list_old(edits, &going);
        if (r < 0)
                return r;
        list.items = calloc(edits->count + going.count + 1, sizeof(EximDiff));
        if (!list.items)
                return -ENOMEM;

        for (size_t i = 0; r >= 0 && i < edits->count; i++)
                r = append(&list, &edits->items[i]);
        for (size_t i = 0; r >= 0 && i < going.count; i++)
                r = append_going(&list, going.items[i]);
        if (r < 0)
                return r;

        *ret_count = list.count;
        *ret_diffs = TAKE(list.items);
        return 0;
}
