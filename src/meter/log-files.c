/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meter/log-files.h"
#include "util/fd.h"
#include "util/text.h"

/* Enough for what tells lines apart: time and id of the last one, and of most the one before. */
#define MARK_SIZE 128

#define NUMBER_NONE UINT64_MAX

int log_place_mark(int fd, uint64_t offset, uint64_t *ret_mark) {
        uint8_t bytes[MARK_SIZE];
        size_t size = (size_t) MIN_OF(offset, (uint64_t) MARK_SIZE);
        uint64_t mark = UINT64_C(0xcbf29ce484222325); /* FNV-1a: against accidents */
        ssize_t n;

        n = pread(fd, bytes, size, (off_t) (offset - size));
        if (n < 0)
                return -errno;
        if ((size_t) n < size)
                return -ENODATA;

        for (size_t i = 0; i < size; i++)
                mark = (mark ^ bytes[i]) * UINT64_C(0x100000001b3);
        *ret_mark = mark;
        return 0;
}

void log_files_done(LogFiles *files) {
        for (size_t i = 0; i < files->count; i++)
                free(files->items[i].name);
        free(files->items);
        *files = (LogFiles){};
}

/* ".1", "-20261120", ".2026-11-20_1200": what rotation appends. */
static bool is_rotated(const char *suffix) {
        return (suffix[0] == '.' || suffix[0] == '-') && suffix[1] &&
               strspn(suffix + 1, "0123456789-_.") == strlen(suffix + 1);
}

static uint64_t read_number(const char *suffix) {
        char *end;
        uint64_t number;

        if (suffix[0] != '.')
                return NUMBER_NONE;
        number = strtoull(suffix + 1, &end, 10);
        return *end ? NUMBER_NONE : number;
}

/* Return: 1 if it was added, 0 if it is no such file, a negative errno. */
static int add_file(LogFiles *files, int dir_fd, const char *name, const char *suffix) {
        LogFile file = { .is_current = !suffix[0], .number = read_number(suffix) };
        struct stat status;

        if (!file.is_current && !is_rotated(suffix))
                return 0;
        /* may have been renamed since it was listed */
        if (fstatat(dir_fd, name, &status, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISREG(status.st_mode))
                return 0;

        file.inode = status.st_ino;
        file.written_nsec = status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
        file.name = strdup(name);
        if (!file.name)
                return -ENOMEM;
        files->items[files->count++] = file;
        return 1;
}

/* Several may have been written last within one tick of the kernel's clock. */
static int compare(const void *a, const void *b) {
        const LogFile *first = a, *second = b;

        if (first->is_current != second->is_current)
                return first->is_current ? 1 : -1;
        if (first->written_nsec != second->written_nsec)
                return first->written_nsec < second->written_nsec ? -1 : 1;
        if (first->number != second->number)
                return first->number > second->number ? -1 : 1;

        return strcmp(first->name, second->name);
}

static void closedirp(DIR **dir) {
        if (*dir)
                (void) closedir(*dir);
}

/* A file that is renamed meanwhile may be there twice, or not at all: the caller looks again when
 * it comes to the end of one. */
int log_files_read(int dir_fd, const char *name, LogFiles *ret) {
        CLEANUP(log_files_done) LogFiles files = {};
        CLEANUP(closedirp) DIR *dir = NULL;
        CLEANUP(fd_closep) int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const struct dirent *entry;
        int r;

        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;
        fd = -EBADF; /* is the directory's now */

        files.items = calloc(LOG_FILES_MAX, sizeof(LogFile));
        if (!files.items)
                return -ENOMEM;
        while ((errno = 0, entry = readdir(dir))) {
                const char *suffix = string_after_prefix(entry->d_name, name);

                if (!suffix)
                        continue;
                if (files.count == LOG_FILES_MAX)
                        return -E2BIG;
                r = add_file(&files, dir_fd, entry->d_name, suffix);
                if (r < 0)
                        return r;
        }
        if (errno != 0)
                return -errno;

        qsort(files.items, files.count, sizeof(LogFile), compare);
        *ret = files;
        files = (LogFiles){};
        return 0;
}

size_t log_files_find_inode(const LogFiles *files, uint64_t inode) {
        for (size_t i = 0; i < files->count; i++)
                if (files->items[i].inode == inode)
                        return i;

        return files->count;
}

int log_file_open(int dir_fd, const LogFile *file) {
        CLEANUP(fd_closep) int fd = -EBADF;
        struct stat status;

        fd = openat(dir_fd, file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return errno == ENOENT ? -ESTALE : -errno;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (status.st_ino != file->inode || !S_ISREG(status.st_mode))
                return -ESTALE;

        return TAKE_FD(fd);
}

static bool has_place(const LogFile *file, int dir_fd, const LogPlace *place) {
        CLEANUP(fd_closep) int fd = log_file_open(dir_fd, file);
        uint64_t mark;

        return fd >= 0 && log_place_mark(fd, place->offset, &mark) == 0 && mark == place->mark;
}

size_t log_files_find_place(const LogFiles *files, int dir_fd, const LogPlace *place) {
        size_t own = log_files_find_inode(files, place->inode);

        if (own < files->count && has_place(&files->items[own], dir_fd, place))
                return own;
        /* every file has the beginning */
        if (place->offset == 0)
                return files->count;
        for (size_t i = 0; i < files->count; i++)
                if (has_place(&files->items[i], dir_fd, place))
                        return i;

        return files->count;
}
