/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "release/orders.h"
#include "util/fd.h"
#include "util/message-id.h"

/* Of one look at the directory: its owner could fill it for ever. */
#define ENTRIES_MAX 10000

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static void closedirp(DIR **directory) {
        if (*directory)
                (void) closedir(*directory);
}

int orders_open(const char *parent, const char *name) {
        CLEANUP(fd_closep) int parent_fd = open(parent, OPEN_DIRECTORY);
        int fd;

        if (parent_fd < 0)
                return -errno;

        fd = openat(parent_fd, name, OPEN_DIRECTORY);
        return fd < 0 ? -errno : fd;
}

/* What stayed there would start this program again at once. */
static int remove_entry(int dir_fd, const char *name) {
        if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
                return 0;
        if ((errno == EISDIR || errno == EPERM) && unlinkat(dir_fd, name, AT_REMOVEDIR) == 0)
                return 0;

        return -errno;
}

static int take(int dir_fd, const char *name, Orders *orders) {
        int r;

        r = remove_entry(dir_fd, name);
        if (r < 0)
                return r;

        if (!message_id_is_valid(name, strlen(name)))
                orders->refused++;
        else
                (void) strcpy(orders->ids[orders->count++], name);
        return 0;
}

int orders_take(int dir_fd, size_t count_max, Orders *ret) {
        CLEANUP(closedirp) DIR *directory = NULL;
        int first_error = 0;
        int fd, r;

        assert(ret && count_max <= ORDERS_MAX);

        ret->count = ret->refused = 0;
        /* a stream of its own, that begins at the beginning */
        fd = openat(dir_fd, ".", OPEN_DIRECTORY);
        if (fd < 0)
                return -errno;
        directory = fdopendir(fd);
        if (!directory) {
                r = -errno;
                fd_close(fd);
                return r;
        }

        for (size_t i = 0; i < ENTRIES_MAX && ret->count < count_max; i++) {
                const struct dirent *entry;

                errno = 0;
                /* cppcheck-suppress readdirCalled // the stream is this call's own; glibc is safe
                 * then */
                entry = readdir(directory);
                if (!entry)
                        return errno > 0 ? -errno : first_error;
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;

                r = take(dir_fd, entry->d_name, ret);
                if (r < 0 && first_error == 0)
                        first_error = r;
        }

        return first_error;
}
