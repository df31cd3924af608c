/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/now.h"
#include "util/process.h"
#include "util/text.h"

#define PASS_FDS_MAX 8

#define ENVIRONMENT_MAX 16

/* A running child and our ends of its pipes. */
typedef struct Child {
        pid_t pid;
        int output_fd;
        int errors_fd;
        int pid_fd;
} Child;

void process_result_done(ProcessResult *result) {
        if (!result)
                return;

        free(result->output);
        free(result->errors);
        *result = (ProcessResult){};
}

/* Kill what is left and reap it: no child outlives the call that made it. */
static void child_done(Child *child) {
        if (child->pid > 0) {
                (void) kill(-child->pid, SIGKILL);
                (void) kill(child->pid, SIGKILL);
                while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }

        (void) fd_close(child->output_fd);
        (void) fd_close(child->errors_fd);
        (void) fd_close(child->pid_fd);
        *child = (Child){ .output_fd = -EBADF, .errors_fd = -EBADF, .pid_fd = -EBADF };
}

/*
 * In the child, between fork() and exec(): only async-signal-safe calls, as the parent has threads.
 * Descriptors are first moved out of the way (all are close-on-exec), then to their places.
 */
static void child_exec(
                const char *const argv[],
                const ProcessOptions *options,
                int in,
                int out,
                int err,
                int report,
                const char *const environment[]) {
        int moved[PASS_FDS_MAX];
        int error;
        sigset_t none;

        (void) setpgid(0, 0);
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
        (void) signal(SIGPIPE, SIG_DFL);

        if (in < 0)
                in = open("/dev/null", O_RDONLY | O_CLOEXEC);
        in = fcntl(in, F_DUPFD_CLOEXEC, 32);
        out = fcntl(out, F_DUPFD_CLOEXEC, 32);
        err = fcntl(err, F_DUPFD_CLOEXEC, 32);
        report = fcntl(report, F_DUPFD_CLOEXEC, 32);
        if (in < 0 || out < 0 || err < 0 || report < 0)
                _exit(127);

        for (size_t i = 0; i < options->pass_fds_count; i++) {
                moved[i] = fcntl(options->pass_fds[i], F_DUPFD_CLOEXEC, 32);
                if (moved[i] < 0)
                        _exit(127);
        }

        if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
            dup2(err, STDERR_FILENO) < 0)
                _exit(127);
        for (size_t i = 0; i < options->pass_fds_count; i++)
                if (dup2(moved[i], 3 + (int) i) < 0)
                        _exit(127);

        (void) execve(argv[0], (char *const *) argv, (char *const *) environment);
        error = errno;
        /* If even that fails, the parent sees an end without a word. */
        IGNORE_RESULT(fd_write_all(report, &error, sizeof(error)));
        _exit(127);
}

/* The report pipe is empty when exec() was done, else it holds the errno. */
static int read_exec_error(int report_fd) {
        int error = 0;
        ssize_t n;

        do
                n = read(report_fd, &error, sizeof(error));
        while (n < 0 && errno == EINTR);

        if (n < 0)
                return -errno;
        return n == sizeof(error) ? -error : 0;
}

/* A file in memory, as a pipe could fill up while nobody reads. *ret_fd stays if there is no input.
 */
static int open_input(const char *input, int *ret_fd) {
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        if (!input)
                return 0;

        fd = memfd_create("input", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, input, strlen(input));
        if (r < 0)
                return r;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;

        *ret_fd = TAKE_FD(fd);
        return 0;
}

static void fill_environment(const char *const more[], const char *environment[ENVIRONMENT_MAX]) {
        size_t count = 0;

        environment[count++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
        environment[count++] = "LC_ALL=C.UTF-8";
        for (; more && *more; more++) {
                assert(count < ENVIRONMENT_MAX - 1);
                environment[count++] = *more;
        }
        environment[count] = NULL;
}

static int child_start(const char *const argv[], const ProcessOptions *options, Child *child) {
        CLEANUP(fd_closep) int output_write = -EBADF, errors_write = -EBADF;
        CLEANUP(fd_closep) int report_read = -EBADF, report_write = -EBADF;
        CLEANUP(fd_closep) int input = -EBADF;
        const char *environment[ENVIRONMENT_MAX];
        int r;

        fill_environment(options->environment, environment);
        r = open_input(options->input, &input);
        if (r < 0)
                return r;

        r = fd_make_pipe(&child->output_fd, &output_write);
        if (r >= 0)
                r = fd_make_pipe(&child->errors_fd, &errors_write);
        if (r >= 0)
                r = fd_make_pipe(&report_read, &report_write);
        if (r < 0)
                return r;

        child->pid = fork();
        if (child->pid < 0)
                return -errno;
        if (child->pid == 0)
                child_exec(argv,
                           options,
                           input,
                           output_write,
                           errors_write,
                           report_write,
                           environment);

        child->pid_fd = (int) syscall(SYS_pidfd_open, child->pid, 0);
        if (child->pid_fd < 0)
                return -errno;

        report_write = fd_close(report_write);
        return read_exec_error(report_read);
}

/* Return: 0, or PROCESS_E_OUTPUT_TOO_LARGE; *fd is closed and negative at its end. */
static int read_some(int *fd, Text *text, size_t size_max) {
        char buffer[16384];
        ssize_t n = read(*fd, buffer, sizeof(buffer));

        if (n < 0 && errno == EINTR)
                return 0;
        if (n < 0)
                return -errno;
        if (n == 0) {
                *fd = fd_close(*fd);
                return 0;
        }

        text_append(text, buffer, (size_t) n);
        return text->size > size_max ? PROCESS_E_OUTPUT_TOO_LARGE : 0;
}

/* Until the child has ended; what it left in the pipes is read, but a grandchild that keeps them
 * open is not waited for. */
static int child_communicate(
                Child *child, const ProcessOptions *options, Text *output, Text *errors) {
        uint64_t deadline = now_read_usec(CLOCK_MONOTONIC) + options->timeout_usec;
        bool ended = false;

        for (;;) {
                struct pollfd fds[] = {
                        { .fd = child->output_fd, .events = POLLIN },
                        { .fd = child->errors_fd, .events = POLLIN },
                        { .fd = ended ? -1 : child->pid_fd, .events = POLLIN },
                };
                uint64_t now = now_read_usec(CLOCK_MONOTONIC);
                int r;

                if (now >= deadline)
                        return PROCESS_E_TIMEOUT;

                r = poll(fds,
                         ELEMENTS_OF(fds),
                         ended ? 0 : (int) ((deadline - now) / USEC_PER_MSEC) + 1);
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (r == 0 && ended)
                        return 0;
                if (r <= 0)
                        continue;

                if (fds[0].revents) {
                        r = read_some(&child->output_fd, output, options->output_max);
                        if (r != 0)
                                return r;
                }
                if (fds[1].revents) {
                        r = read_some(&child->errors_fd, errors, options->output_max);
                        if (r != 0)
                                return r;
                }
                if (fds[2].revents)
                        ended = true;
        }
}

static int child_wait(Child *child, int *ret_status) {
        pid_t pid = child->pid;
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        child->pid = 0;

        if (!WIFEXITED(status))
                return PROCESS_E_SIGNAL;

        *ret_status = WEXITSTATUS(status);
        return 0;
}

int process_run(const char *const argv[], const ProcessOptions *options, ProcessResult *ret) {
        CLEANUP(child_done)
        Child child = { .output_fd = -EBADF, .errors_fd = -EBADF, .pid_fd = -EBADF };
        CLEANUP(process_result_done) ProcessResult result = {};
        CLEANUP(text_done) Text output = {}, errors = {};
        int r;

        assert(argv && argv[0] && options && ret);
        assert(options->pass_fds_count <= PASS_FDS_MAX);

        r = child_start(argv, options, &child);
        if (r < 0)
                return r;

        r = child_communicate(&child, options, &output, &errors);
        if (r != 0)
                return r;

        r = child_wait(&child, &result.status);
        if (r != 0)
                return r;

        r = text_finish(&output, &result.output, &result.output_size);
        if (r < 0)
                return r;
        r = text_finish(&errors, &result.errors, &result.errors_size);
        if (r < 0)
                return r;

        *ret = result;
        result = (ProcessResult){};
        return 0;
}
