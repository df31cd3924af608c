/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/atomic-file.h"
#include "util/fd.h"
#include "util/text.h"

/* Names and values of extended attributes together; Linux bounds each at 64 KiB (xattr(7)). */
#define XATTR_NAMES_MAX 65536
#define XATTR_VALUE_MAX 65536

char *atomic_file_temporary_name(const char *name) {
        return string_format(".%s.smtp-restrictions", name);
}

static int copy_xattrs(int from_fd, int to_fd) {
        CLEANUP(freep) char *names = NULL;
        CLEANUP(freep) char *value = NULL;
        ssize_t names_size;

        names = malloc(XATTR_NAMES_MAX);
        value = malloc(XATTR_VALUE_MAX);
        if (!names || !value)
                return -ENOMEM;

        names_size = flistxattr(from_fd, names, XATTR_NAMES_MAX);
        if (names_size < 0)
                return errno == ENOTSUP ? 0 : -errno;

        for (const char *name = names; name < names + names_size; name += strlen(name) + 1) {
                ssize_t size = fgetxattr(from_fd, name, value, XATTR_VALUE_MAX);

                if (size < 0)
                        return -errno;
                if (fsetxattr(to_fd, name, value, (size_t) size, 0) < 0)
                        return -errno;
        }

        return 0;
}

/*
 * Mode and xattrs before the owner: afterwards the file may belong to another user, and changing it
 * would need CAP_FOWNER, which the service does not have.
 */
static int set_metadata(int dir_fd, const char *name, int fd, const AtomicFileOptions *options) {
        CLEANUP(fd_closep) int old_fd = -EBADF;
        uid_t uid = options->uid;
        gid_t gid = options->gid;
        mode_t mode = options->mode;
        struct stat own;
        int r;

        if (options->keep_metadata) {
                old_fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
                if (old_fd < 0 && errno != ENOENT)
                        return -errno;
        }

        if (old_fd >= 0) {
                struct stat old;

                if (fstat(old_fd, &old) < 0)
                        return -errno;
                uid = old.st_uid;
                gid = old.st_gid;
                mode = old.st_mode & 07777;

                r = copy_xattrs(old_fd, fd);
                if (r < 0)
                        return r;
        }

        if (fchmod(fd, mode) < 0)
                return -errno;

        if (fstat(fd, &own) < 0)
                return -errno;
        if (uid == own.st_uid)
                uid = (uid_t) -1;
        if (gid == own.st_gid)
                gid = (gid_t) -1;
        if ((uid != (uid_t) -1 || gid != (gid_t) -1) && fchown(fd, uid, gid) < 0)
                return -errno;

        return 0;
}

void atomic_file_done(AtomicFile *file) {
        if (!file)
                return;

        if (file->temporary)
                (void) unlinkat(file->dir_fd, file->temporary, 0);
        free(file->temporary);
        free(file->name);
        (void) fd_close(file->dir_fd);
        *file = (AtomicFile) ATOMIC_FILE_NONE;
}

int atomic_file_prepare(
                int dir_fd,
                const char *name,
                const void *data,
                size_t size,
                const AtomicFileOptions *options,
                AtomicFile *ret) {
        CLEANUP(atomic_file_done) AtomicFile file = ATOMIC_FILE_NONE;
        CLEANUP(freep) char *temporary = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        assert(dir_fd >= 0 && name && options && ret);

        file.name = strdup(name);
        temporary = atomic_file_temporary_name(name);
        if (!file.name || !temporary)
                return -ENOMEM;

        file.dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
        if (file.dir_fd < 0)
                return -errno;

        r = atomic_file_forget(dir_fd, name);
        if (r < 0)
                return r;

        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        file.temporary = TAKE(temporary);

        r = fd_write_all(fd, data, size);
        if (r < 0)
                return r;

        r = set_metadata(dir_fd, name, fd, options);
        if (r < 0)
                return r;

        if (fsync(fd) < 0)
                return -errno;

        *ret = file;
        file = (AtomicFile) ATOMIC_FILE_NONE;
        return 0;
}

int atomic_file_commit(AtomicFile *file) {
        assert(file && file->temporary);

        if (renameat(file->dir_fd, file->temporary, file->dir_fd, file->name) < 0)
                return -errno;

        free(TAKE(file->temporary));

        return fsync(file->dir_fd) < 0 ? -errno : 0;
}

int atomic_file_write(
                int dir_fd,
                const char *name,
                const void *data,
                size_t size,
                const AtomicFileOptions *options) {
        CLEANUP(atomic_file_done) AtomicFile file = ATOMIC_FILE_NONE;
        int r;

        r = atomic_file_prepare(dir_fd, name, data, size, options, &file);
        if (r < 0)
                return r;

        return atomic_file_commit(&file);
}

int atomic_file_remove(int dir_fd, const char *name) {
        if (unlinkat(dir_fd, name, 0) < 0)
                return errno == ENOENT ? 0 : -errno;

        return fsync(dir_fd) < 0 ? -errno : 0;
}

int atomic_file_forget(int dir_fd, const char *name) {
        CLEANUP(freep) char *temporary = atomic_file_temporary_name(name);

        if (!temporary)
                return -ENOMEM;
        if (unlinkat(dir_fd, temporary, 0) < 0 && errno != ENOENT)
                return -errno;

        return 0;
}
