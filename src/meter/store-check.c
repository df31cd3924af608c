/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Is a store whole, and what becomes of it if it is not? */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "meter/store.h"
#include "util/fd.h"
#include "util/text.h"

static int remove_store(int dir_fd, const char *name) {
        static const char *const files[] = { "data.mdb", "lock.mdb" };
        CLEANUP(fd_closep) int fd = -EBADF;

        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;

        for (size_t i = 0; i < ELEMENTS_OF(files); i++)
                if (unlinkat(fd, files[i], 0) < 0 && errno != ENOENT)
                        return -errno;

        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int store_set_aside(const char *directory) {
        CLEANUP(freep) char *aside = string_format("%s.damaged", directory);
        int r;

        if (!aside)
                return -ENOMEM;

        r = remove_store(AT_FDCWD, aside);
        if (r < 0)
                return r;
        return rename(directory, aside) < 0 ? -errno : 0;
}

static int check_all(const char *directory, StoreKind kind) {
        CLEANUP(store_freep) Store *store = NULL;
        int r;

        r = store_open(directory, kind, &store);
        return r == 0 ? store_walk(store) : r;
}

int store_check(const char *directory, StoreKind kind) {
        int status;
        pid_t child;

        child = fork();
        if (child < 0)
                return -errno;
        if (child == 0) {
                const struct rlimit none = {};

                (void) setrlimit(RLIMIT_CORE, &none);
                status = check_all(directory, kind);
                _exit(status < 0 ? 2 : status);
        }

        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                return 0;
        /* what is no fault of the file, opening it will say */
        return WIFEXITED(status) && WEXITSTATUS(status) == 2 ? 0 : STORE_E_DAMAGED;
}
