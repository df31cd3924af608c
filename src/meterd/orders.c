/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "meterd/orders.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

int orders_open(Orders *orders, const char *runtime_dir) {
        static const char *const names[_ORDER_KIND_MAX] = { "release", "discard" };

        for (size_t i = 0; i < _ORDER_KIND_MAX; i++) {
                CLEANUP(freep) char *path = string_format("%s/%s", runtime_dir, names[i]);

                if (!path)
                        return log_error_errno(-ENOMEM, "%m");
                if (mkdir(path, 0755) < 0 && errno != EEXIST)
                        return log_error_errno(-errno, "Failed to make %s: %m", path);
                orders->dir_fds[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (orders->dir_fds[i] < 0)
                        return log_error_errno(-errno, "Failed to open %s: %m", path);
        }

        return 0;
}

void orders_done(Orders *orders) {
        for (size_t i = 0; i < _ORDER_KIND_MAX; i++)
                orders->dir_fds[i] = fd_close(orders->dir_fds[i]);
}

void orders_give(const Orders *orders, OrderKind kind, const char *id) {
        int fd = openat(orders->dir_fds[kind],
                        id,
                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        0644);

        (void) fd_close(fd);
}
