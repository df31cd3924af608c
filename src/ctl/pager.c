/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/pager.h"
#include "util/fd.h"
#include "util/text.h"

#define NOT_THERE 127 /* exit status, as a shell has it */

static size_t lines_of(const char *data, size_t size) {
        size_t lines = 0;

        for (size_t i = 0; i < size; i++)
                lines += data[i] == '\n';

        return lines;
}

bool pager_is_wanted(const char *data, size_t size) {
        const char *pager = getenv("PAGER");
        struct winsize screen = {};

        if (!isatty(STDOUT_FILENO) || (pager && (!*pager || string_equal(pager, "cat"))))
                return false;

        return ioctl(STDOUT_FILENO, TIOCGWINSZ, &screen) >= 0 && screen.ws_row > 0 &&
               lines_of(data, size) >= screen.ws_row;
}

/* In the child; does not return. Colours pass, and nothing stays on another screen. By sudo it
 * offers no shell: less is all that somebody may be allowed there, and it would be root's. */
static void run_pager(int input) {
        const char *pager = getenv("PAGER");

        (void) signal(SIGPIPE, SIG_DFL);
        if (dup2(input, STDIN_FILENO) < 0 || setenv("LESS", "FRSX", 0) < 0)
                _exit(NOT_THERE);

        if (getenv("SUDO_UID")) {
                if (setenv("LESSSECURE", "1", 1) < 0)
                        _exit(NOT_THERE);
                pager = NULL;
        }

        if (pager)
                (void) execl("/bin/sh", "sh", "-c", pager, (char *) NULL);
        else
                (void) execlp("less", "less", (char *) NULL);
        _exit(NOT_THERE);
}

/* It ended as one that was not there does. */
static bool is_missing(pid_t child) {
        int status = 0;
        pid_t r;

        do
                r = waitpid(child, &status, 0);
        while (r < 0 && errno == EINTR);

        return r == child && WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE;
}

int pager_show(const char *data, size_t size) {
        CLEANUP(fd_closep) int read_fd = -EBADF;
        CLEANUP(fd_closep) int write_fd = -EBADF;
        const struct sigaction ignore = { .sa_handler = SIG_IGN };
        struct sigaction before;
        bool missing;
        pid_t child;
        int r;

        r = fd_make_pipe(&read_fd, &write_fd);
        if (r < 0)
                return r;

        child = fork();
        if (child < 0)
                return -errno;
        if (child == 0)
                run_pager(read_fd);

        /* Ctrl-C is the pager's, which would be left behind on the terminal */
        (void) sigaction(SIGINT, &ignore, &before);
        read_fd = fd_close(read_fd);
        /* who leaves the pager has read enough */
        IGNORE_RESULT(fd_write_all(write_fd, data, size));
        write_fd = fd_close(write_fd);

        missing = is_missing(child);
        (void) sigaction(SIGINT, &before, NULL);
        return missing ? -ENOENT : 0;
}
