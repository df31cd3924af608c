/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meter/log-follow.h"
#include "meter/log-lines.h"
#include "util/fd.h"
#include "util/text.h"

/* Exim asks before each line whether the name is still that of the file that it has open. Between
 * that and its write another process may have begun the next file. */
#define GRACE_USEC USEC_PER_SEC

#define NSEC_PER_SEC INT64_C(1000000000)

#define CHANGES (IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB)

struct LogFollow {
        char *name;  /* owned: without its directory */
        int dir_fd;  /* owned */
        int wait_fd; /* owned: inotify */
        int64_t since_sec;

        int fd;         /* owned: of the file that is read; negative: none is there yet */
        LogPlace place; /* behind the last line that was handed out */
        LogLines lines; /* from there on */

        uint64_t next_file_usec; /* when to go to the next file, 0: there is none */
        uint64_t left_out;
        bool has_lost_place;
};

LogFollow *log_follow_free(LogFollow *follow) {
        if (!follow)
                return NULL;

        (void) fd_close(follow->fd);
        (void) fd_close(follow->wait_fd);
        (void) fd_close(follow->dir_fd);
        log_lines_done(&follow->lines);
        free(follow->name);
        free(follow);
        return NULL;
}

/* Begin with a file, at an offset. Return: 0, -ESTALE if it has been renamed since it was listed,
 * another negative errno. */
static int open_file(LogFollow *follow, const LogFile *file, uint64_t offset) {
        LogPlace place = { .inode = file->inode, .offset = offset };
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        fd = log_file_open(follow->dir_fd, file);
        if (fd < 0)
                return fd;
        r = log_place_mark(fd, offset, &place.mark);
        if (r < 0)
                return r == -ENODATA ? -ESTALE : r;
        if (lseek(fd, (off_t) offset, SEEK_SET) < 0)
                return -errno;

        /* what is in the buffer is a line without an end, which gets none any more */
        if (log_lines_restart(&follow->lines))
                follow->left_out++;
        (void) fd_close(follow->fd);
        follow->fd = TAKE_FD(fd);
        follow->place = place;
        follow->next_file_usec = 0;
        return 0;
}

/* The first file of all, at the place if there is one. */
static int open_first(LogFollow *follow, const LogPlace *place) {
        CLEANUP(log_files_done) LogFiles files = {};
        size_t found;
        int r;

        r = log_files_read(follow->dir_fd, follow->name, &files);
        if (r < 0)
                return r;

        found = place ? log_files_find_place(&files, follow->dir_fd, place) : files.count;
        if (found < files.count)
                return open_file(follow, &files.items[found], place->offset);

        if (place)
                follow->has_lost_place = true;
        for (size_t i = 0; i < files.count; i++)
                if (files.items[i].is_current ||
                    files.items[i].written_nsec / NSEC_PER_SEC >= follow->since_sec)
                        return open_file(follow, &files.items[i], 0);

        return 0;
}

static int open_directory(LogFollow *follow, const char *path) {
        CLEANUP(freep) char *directory = NULL;
        const char *slash = strrchr(path, '/');
        int r;

        if (!slash || !slash[1])
                return -EINVAL;
        directory = strndup(path, slash == path ? 1 : (size_t) (slash - path));
        follow->name = strdup(slash + 1);
        if (!directory || !follow->name)
                return -ENOMEM;

        follow->dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (follow->dir_fd < 0)
                return -errno;
        follow->wait_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (follow->wait_fd < 0)
                return -errno;
        /* before anything is read: what comes behind that is noticed */
        r = inotify_add_watch(follow->wait_fd, directory, CHANGES | IN_ONLYDIR);
        return r < 0 ? -errno : 0;
}

/* What is listed may be renamed before it is opened; then it is listed once more. */
#define TRIES 8

int log_follow_new(const char *path, const LogPlace *place, int64_t since_sec, LogFollow **ret) {
        CLEANUP(log_follow_freep) LogFollow *follow = calloc(1, sizeof(*follow));
        int r;

        if (!follow)
                return -ENOMEM;
        follow->fd = follow->dir_fd = follow->wait_fd = -EBADF;
        follow->since_sec = since_sec;

        r = log_lines_init(&follow->lines);
        if (r < 0)
                return r;
        r = open_directory(follow, path);
        if (r < 0)
                return r;
        for (size_t i = 0; i < TRIES; i++) {
                r = open_first(follow, place);
                if (r != -ESTALE)
                        break;
        }
        if (r < 0)
                return r;

        *ret = TAKE(follow);
        return 0;
}

/* What has changed is not looked at: the files say it. */
static int forget_changes(const LogFollow *follow) {
        char events[4096];
        struct stat status;
        ssize_t n;

        do
                n = read(follow->wait_fd, events, sizeof(events));
        while (n > 0);
        if (n < 0 && errno != EAGAIN)
                return -errno;
        if (fstat(follow->dir_fd, &status) < 0)
                return -errno;

        return status.st_nlink == 0 ? -ESTALE : 0;
}

/* Is what was read still what is in the file before our place? */
static int is_cut(const LogFollow *follow, bool *ret) {
        struct stat status;
        uint64_t mark;
        int r;

        if (fstat(follow->fd, &status) < 0)
                return -errno;
        r = log_place_mark(follow->fd, follow->place.offset, &mark);
        if (r < 0 && r != -ENODATA)
                return r;

        *ret = r == -ENODATA || mark != follow->place.mark ||
               (uint64_t) status.st_size < follow->place.offset + log_lines_left(&follow->lines);
        return 0;
}

/* The rest is in the copy that was made before, if there is one. */
static int go_on_after_cut(LogFollow *follow) {
        CLEANUP(log_files_done) LogFiles files = {};
        size_t found;
        int r;

        r = log_files_read(follow->dir_fd, follow->name, &files);
        if (r < 0)
                return r;

        found = log_files_find_place(&files, follow->dir_fd, &follow->place);
        if (found < files.count)
                return open_file(follow, &files.items[found], follow->place.offset);
        if (files.count > 0 && files.items[files.count - 1].is_current)
                return open_file(follow, &files.items[files.count - 1], 0);

        return 0;
}

/* The next whole line. Return: 0, -EAGAIN if there is none, the handler's error. */
static int hand_out_line(LogFollow *follow, LogFollowHandler handler, void *userdata) {
        LogText line;
        uint64_t bytes;
        int r;

        switch (log_lines_peek(&follow->lines, &line, &bytes)) {
        case LOG_LINES_E_NONE:
                return -EAGAIN;
        case LOG_LINES_E_LONG:
                follow->left_out++;
                break;
        default:
                r = handler(line.data, line.size, userdata);
                if (r < 0)
                        return r;
        }

        log_lines_take(&follow->lines, bytes);
        follow->place.offset += bytes;
        return 0;
}

/* Hand out what is in this file. Return: as log_follow_read(). */
static int read_file(
                LogFollow *follow, uint64_t *size_max, LogFollowHandler handler, void *userdata) {
        for (;;) {
                uint64_t before = follow->place.offset;
                ssize_t n;
                int r = hand_out_line(follow, handler, userdata);

                if (r == 0) {
                        *size_max -= MIN_OF(*size_max, follow->place.offset - before);
                        if (*size_max == 0)
                                return LOG_FOLLOW_E_MORE;
                        continue;
                }
                if (r != -EAGAIN)
                        return r;

                n = log_lines_fill(&follow->lines, follow->fd);
                if (n <= 0)
                        return (int) n;
        }
}

/* Which one follows on that which is read? Return: its index, `count` if there is none yet. */
static size_t find_next(const LogFollow *follow, const LogFiles *files) {
        size_t own = log_files_find_inode(files, follow->place.inode);
        struct stat status;

        if (own < files->count)
                return own + 1;
        if (fstat(follow->fd, &status) < 0)
                return files->count;
        /* it has been removed, or compressed */
        for (size_t i = 0; i < files->count; i++)
                if (files->items[i].is_current ||
                    files->items[i].written_nsec >
                                    status.st_mtim.tv_sec * NSEC_PER_SEC + status.st_mtim.tv_nsec)
                        return i;

        return files->count;
}

static bool is_current(const LogFollow *follow) {
        struct stat status;

        return fstatat(follow->dir_fd, follow->name, &status, 0) == 0 &&
               status.st_ino == follow->place.inode;
}

/*
 * At the end of a file: go to the next one. The last one is left only after a moment in which it
 * was read to its end again. Return: 0 if there is none (yet), LOG_FOLLOW_E_MORE, a negative errno.
 */
static int go_on(LogFollow *follow, uint64_t now_usec) {
        CLEANUP(log_files_done) LogFiles files = {};
        size_t next, copy;
        int r;

        if (is_current(follow))
                return 0;
        r = log_files_read(follow->dir_fd, follow->name, &files);
        if (r < 0)
                return r;
        next = find_next(follow, &files);
        if (next == files.count)
                return 0;

        if (files.items[next].is_current) {
                if (follow->next_file_usec == 0)
                        follow->next_file_usec = now_usec + GRACE_USEC;
                if (now_usec < follow->next_file_usec)
                        return 0;
        }
        /* somebody may have edited the log: what he has left of it is known already */
        copy = log_files_find_place(&files, follow->dir_fd, &follow->place);
        r = open_file(follow, &files.items[next], copy == next ? follow->place.offset : 0);
        return r < 0 ? r : LOG_FOLLOW_E_MORE;
}

static int read_files(
                LogFollow *follow,
                uint64_t now_usec,
                uint64_t size_max,
                LogFollowHandler handler,
                void *userdata) {
        bool cut = false;
        int r;

        r = follow->fd < 0 ? open_first(follow, NULL) : is_cut(follow, &cut);
        if (r < 0)
                return r;
        if (cut) {
                r = go_on_after_cut(follow);
                if (r < 0)
                        return r;
        }
        if (follow->fd < 0)
                return 0;

        for (size_t i = 0; i < LOG_FILES_MAX; i++) {
                r = read_file(follow, &size_max, handler, userdata);
                if (r == 0)
                        r = go_on(follow, now_usec);
                if (r != LOG_FOLLOW_E_MORE || size_max == 0)
                        return r;
        }

        return LOG_FOLLOW_E_MORE;
}

int log_follow_read(
                LogFollow *follow,
                uint64_t now_usec,
                size_t size_max,
                LogFollowHandler handler,
                void *userdata) {
        int r, marked = 0;

        r = forget_changes(follow);
        if (r < 0)
                return r;

        r = read_files(follow, now_usec, size_max, handler, userdata);
        /* renamed between two looks */
        if (r == -ESTALE)
                r = LOG_FOLLOW_E_MORE;
        if (follow->fd >= 0)
                marked = log_place_mark(follow->fd, follow->place.offset, &follow->place.mark);

        /* cut at this moment: seen by the next call */
        return r < 0 || marked == 0 || marked == -ENODATA ? r : marked;
}

int log_follow_fd(const LogFollow *follow) {
        return follow->wait_fd;
}

uint64_t log_follow_due_usec(const LogFollow *follow) {
        return follow->next_file_usec ?: UINT64_MAX;
}

void log_follow_get_place(const LogFollow *follow, LogPlace *ret) {
        *ret = follow->place;
}

uint64_t log_follow_left_out(const LogFollow *follow) {
        return follow->left_out;
}

bool log_follow_has_lost_place(const LogFollow *follow) {
        return follow->has_lost_place;
}
