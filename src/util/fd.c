/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "util/fd.h"

int fd_close(int fd) {
        int saved = errno;

        /* On Linux the descriptor is gone even when close() reports an error. */
        if (fd >= 0)
                (void) close(fd);

        errno = saved;
        return -EBADF;
}

int fd_read_all(int fd, size_t size_max, char **ret_data, size_t *ret_size) {
        CLEANUP(freep) char *data = NULL;
        size_t size = 0, allocated = 0;

        assert(fd >= 0 && ret_data && ret_size);

        for (;;) {
                ssize_t n;

                if (allocated - size < 2) {
                        size_t wanted = allocated == 0 ? 4096 : allocated * 2;
                        char *larger = realloc(data, wanted);

                        if (!larger)
                                return -ENOMEM;
                        data = larger;
                        allocated = wanted;
                }

                n = read(fd, data + size, allocated - size - 1);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;

                size += (size_t) n;
                if (size > size_max)
                        return -EFBIG;
        }

        data[size] = 0;
        *ret_data = TAKE(data);
        *ret_size = size;
        return 0;
}

int fd_make_pipe(int *ret_read, int *ret_write) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;

        *ret_read = fds[0];
        *ret_write = fds[1];
        return 0;
}

int fd_write_all(int fd, const void *data, size_t size) {
        const char *p = data;

        while (size > 0) {
                ssize_t n = write(fd, p, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;

                p += n;
                size -= (size_t) n;
        }

        return 0;
}

int fd_read_file_at(
                int dir_fd, const char *name, size_t size_max, char **ret_data, size_t *ret_size) {
        CLEANUP(fd_closep) int fd = -EBADF;

        fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
        if (fd < 0)
                return -errno;

        return fd_read_all(fd, size_max, ret_data, ret_size);
}

/* `text` is whole lines. */
static const char *find_line(const char *text, size_t size, const char *begin) {
        const char *end = text + size, *next;
        size_t begin_size = strlen(begin);

        for (const char *line = text; line < end; line = next + 1) {
                next = memchr(line, '\n', (size_t) (end - line));
                if ((size_t) (next - line) >= begin_size && memcmp(line, begin, begin_size) == 0)
                        return line;
        }

        return NULL;
}

static ssize_t read_some(int fd, char *buffer, size_t size) {
        ssize_t n;

        do
                n = read(fd, buffer, size);
        while (n < 0 && errno == EINTR);

        return n < 0 ? -errno : n;
}

int fd_find_line(int fd, const char *begin, char **ret) {
        CLEANUP(freep) char *piece = malloc(FD_LINE_MAX);
        size_t kept = 0; /* the beginning of a line whose end has not been read */

        assert(fd >= 0 && begin && ret);

        if (!piece)
                return -ENOMEM;

        for (;;) {
                const char *line, *last;
                size_t size;
                ssize_t n;

                if (kept == FD_LINE_MAX - 1)
                        return 0; /* no end in sight */
                n = read_some(fd, piece + kept, FD_LINE_MAX - 1 - kept);
                if (n < 0)
                        return (int) n;
                size = kept + (size_t) n;
                if (n == 0 && kept > 0)
                        piece[size++] = '\n'; /* the last line may have no end */

                last = memrchr(piece, '\n', size);
                kept = last ? (size_t) (piece + size - (last + 1)) : size;
                line = find_line(piece, size - kept, begin);
                if (line) {
                        *ret = strndup(line, strcspn(line, "\n"));
                        return *ret ? 1 : -ENOMEM;
                }
                if (n == 0)
                        return 0;
                memmove(piece, piece + size - kept, kept);
        }
}

int fd_take_listening(void) {
        int count = sd_listen_fds(true);

        if (count < 0)
                return count;
        if (count != 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
                return -ENOTSOCK;

        return SD_LISTEN_FDS_START;
}
