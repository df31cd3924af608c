/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exim/acl-files.h"
#include "exim/layout.h"
#include "util/fd.h"
#include "util/text.h"

/* Exim reads them as its own user. There is no secret in them: policy.json, from which they are
 * made, is for everybody, and a wrong group would stop all mail. */
#define ACL_MODE       0644
#define DIRECTORY_MODE 0755

static int storage_failed(const char *path, int r, Failure *reterr) {
        return failure_set(
                        reterr,
                        r,
                        FAILURE_STORAGE_FAILED,
                        "Failed to write '%s': %s",
                        path,
                        strerror(-r));
}

/* Can Exim read it, and nobody else write it? */
static bool has_right_mode(int dir_fd, const char *name) {
        struct stat st;

        return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0 && st.st_uid == 0 &&
               (st.st_mode & 07777) == ACL_MODE;
}

int exim_acl_load(const EximAcl *acl, EximFile *ret, Failure *reterr) {
        EximFile *file = ret;
        int r;

        file->is_acl = true;
        file->path = strdup(acl->path);
        file->after = malloc(acl->size);
        if (!file->path || !file->after)
                return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");
        memcpy(file->after, acl->text, acl->size);
        file->after_size = acl->size;

        r = exim_file_open_directory(file->path, &file->dir_fd, &file->name);
        if (r == -ENOENT) {
                file->name = strrchr(file->path, '/') + 1;
                return 1;
        }
        if (r >= 0)
                r = exim_file_read(file->dir_fd, file->name, &file->before, &file->before_size);
        if (r < 0)
                return storage_failed(acl->path, r, reterr);

        return !file->before || file->before_size != acl->size ||
               memcmp(file->before, acl->text, acl->size) != 0 ||
               !has_right_mode(file->dir_fd, file->name);
}

static int make_directory(void) {
        CLEANUP(fd_closep) int fd = -EBADF;

        if (mkdir(EXIM_ACL_DIRECTORY, DIRECTORY_MODE) < 0 && errno != EEXIST)
                return -errno;

        fd = open(EXIM_ACL_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        /* whatever the umask, or somebody, made of it */
        if (fchmod(fd, DIRECTORY_MODE) < 0)
                return -errno;

        return 0;
}

static int prepare(EximFile *file) {
        int r;

        r = make_directory();
        if (r >= 0 && file->dir_fd < 0)
                r = exim_file_open_directory(file->path, &file->dir_fd, &file->name);
        if (r >= 0)
                r = atomic_file_prepare(
                                file->dir_fd,
                                file->name,
                                file->after,
                                file->after_size,
                                &(const AtomicFileOptions){ .mode = ACL_MODE },
                                &file->staged);
        if (r < 0 || file->before)
                return r;

        r = atomic_file_commit(&file->staged);
        if (r < 0)
                return r;
        file->is_new = true;
        return 0;
}

int exim_acl_prepare(EximFile *file, Failure *reterr) {
        int r = prepare(file);

        return r < 0 ? storage_failed(file->path, r, reterr) : 0;
}

void exim_acl_discard(EximFile *file) {
        if (!file->is_new)
                return;

        /* what stays is removed by the next converge */
        (void) unlinkat(file->dir_fd, file->name, 0);
        (void) rmdir(EXIM_ACL_DIRECTORY);
        file->is_new = false;
}

int exim_acl_list(StringList *ret) {
        CLEANUP(string_list_done) StringList paths = {};
        DIR *directory = opendir(EXIM_ACL_DIRECTORY);
        struct dirent *entry;
        int r = 0;

        while (directory && r >= 0 && (entry = readdir(directory))) {
                CLEANUP(freep) char *path = NULL;

                if (string_equal(entry->d_name, ".") || string_equal(entry->d_name, ".."))
                        continue;
                path = string_format(EXIM_ACL_DIRECTORY "/%s", entry->d_name);
                r = path ? string_list_append(&paths, path) : -ENOMEM;
        }
        if (directory)
                (void) closedir(directory);
        if (r < 0)
                return r;

        string_list_sort_unique(&paths);
        *ret = paths;
        paths = (StringList){};
        return 0;
}

static bool is_kept(const EximEdits *edits, const char *path) {
        for (size_t i = 0; i < edits->hooks.acl_count; i++)
                if (string_equal(edits->hooks.acls[i].path, path))
                        return true;

        return false;
}

int exim_acl_list_old(const EximEdits *edits, StringList *ret) {
        CLEANUP(string_list_done) StringList all = {}, old = {};
        int r;

        r = exim_acl_list(&all);
        for (size_t i = 0; r >= 0 && i < all.count; i++)
                if (!is_kept(edits, all.items[i]))
                        r = string_list_append(&old, all.items[i]);
        if (r < 0)
                return r;

        *ret = old;
        old = (StringList){};
        return 0;
}

/*
 * Debian's generated configuration may be older than its sources: no daemon runs, so that nobody
 * has generated it. Programs that read it now still look for what it names.
 */
static bool is_named(const StringList *paths) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(AT_FDCWD, DEBIAN_GENERATED, EXIM_CONFIG_SIZE_MAX, &text, &size);
        if (r < 0)
                return r != -ENOENT && r != -ENOTDIR;

        for (size_t i = 0; i < paths->count; i++)
                if (memmem(text, size, paths->items[i], strlen(paths->items[i])))
                        return true;

        return false;
}

/* None as long as one is still named. Return: 0 or -ENOMEM. */
static int find_old(const EximEdits *edits, StringList *ret) {
        CLEANUP(string_list_done) StringList old = {};
        int r;

        r = exim_acl_list_old(edits, &old);
        if (r < 0)
                return r;
        if (old.count == 0 || is_named(&old))
                return 0;

        *ret = old;
        old = (StringList){};
        return 0;
}

bool exim_edits_need_sweep(const EximEdits *edits) {
        CLEANUP(string_list_done) StringList old = {};

        return find_old(edits, &old) >= 0 && old.count > 0;
}

int exim_edits_sweep(const EximEdits *edits, size_t *ret_removed) {
        CLEANUP(string_list_done) StringList old = {};
        int r;

        *ret_removed = 0;
        r = find_old(edits, &old);
        if (r < 0)
                return r;

        for (size_t i = 0; i < old.count; i++) {
                if (unlink(old.items[i]) < 0)
                        return -errno;
                (*ret_removed)++;
        }
        if (edits->hooks.acl_count == 0)
                (void) rmdir(EXIM_ACL_DIRECTORY);

        return 0;
}
