/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/process-signals.h"

#define STATUS(mask)                                                                               \
        "Name:\texim4\nSigIgn:\t0000000000000001\nSigCgt:\t" mask "\nCapInh:\t0000000000000001\n"

static void on_signal(int signal) {
        (void) signal;
}

static void test_each_signal_is_a_bit(void) {
        g_assert_cmpint(process_status_catches_signal(STATUS("0000000000000001"), SIGHUP), ==, 1);
        g_assert_cmpint(process_status_catches_signal(STATUS("0000000000000001"), SIGINT), ==, 0);
        g_assert_cmpint(process_status_catches_signal(STATUS("fffffffffffffffe"), SIGHUP), ==, 0);
        g_assert_cmpint(process_status_catches_signal(STATUS("8000000000000000"), 64), ==, 1);
}

static void test_other_text_says_nothing(void) {
        g_assert_cmpint(process_status_catches_signal("", SIGHUP), ==, -EBADMSG);
        g_assert_cmpint(process_status_catches_signal(STATUS(""), SIGHUP), ==, -EBADMSG);
        g_assert_cmpint(process_status_catches_signal(STATUS("-000000000000001"), SIGHUP),
                        ==,
                        -EBADMSG);
        g_assert_cmpint(process_status_catches_signal(STATUS("00000000000000001"), SIGHUP),
                        ==,
                        -EBADMSG);
}

static void test_handler_of_a_process_is_seen(void) {
        const struct sigaction handler = { .sa_handler = on_signal },
                               ignored = { .sa_handler = SIG_IGN };

        g_assert_cmpint(sigaction(SIGUSR1, &handler, NULL), ==, 0);
        g_assert_cmpint(sigaction(SIGUSR2, &ignored, NULL), ==, 0);
        g_assert_cmpint(process_catches_signal(getpid(), SIGUSR1), ==, 1);
        g_assert_cmpint(process_catches_signal(getpid(), SIGUSR2), ==, 0);
        g_assert_cmpint(process_catches_signal(getpid(), SIGHUP), ==, 0);
}

static void test_process_that_is_gone_has_none(void) {
        pid_t pid = fork();

        if (pid == 0)
                _exit(0);
        g_assert_cmpint(pid, >, 0);
        g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
        g_assert_cmpint(process_catches_signal(pid, SIGHUP), ==, -ENOENT);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/process-signals/" #name, test_##name)
        ADD(each_signal_is_a_bit);
        ADD(other_text_says_nothing);
        ADD(handler_of_a_process_is_seen);
        ADD(process_that_is_gone_has_none);
#undef ADD

        return g_test_run();
}
