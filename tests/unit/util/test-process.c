/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

#include "util/process.h"

static const ProcessOptions options = { .timeout_usec = 20 * USEC_PER_SEC, .output_max = 4096 };

static void test_output_errors_and_status_come_back(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/bin/sh", "-c", "echo out; echo err >&2; exit 3", NULL };

        g_assert_cmpint(process_run(argv, &options, &result), ==, 0);
        g_assert_cmpint(result.status, ==, 3);
        g_assert_cmpstr(result.output, ==, "out\n");
        g_assert_cmpstr(result.errors, ==, "err\n");
}

static void test_input_is_read_to_its_end(void) {
        g_autofree char *input = g_strnfill(200000, 'x');
        const ProcessOptions with_input = { .timeout_usec = 20 * USEC_PER_SEC,
                                            .output_max = 4096,
                                            .input = input };
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/usr/bin/wc", "-c", NULL };

        g_assert_cmpint(process_run(argv, &with_input, &result), ==, 0);
        g_assert_cmpstr(result.output, ==, "200000\n");
}

static void test_without_input_it_reads_nothing(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/usr/bin/wc", "-c", NULL };

        g_assert_cmpint(process_run(argv, &options, &result), ==, 0);
        g_assert_cmpstr(result.output, ==, "0\n");
}

static void test_environment_is_what_was_asked_for(void) {
        const char *const environment[] = { "A=b c", NULL };
        const ProcessOptions with_environment = { .timeout_usec = 20 * USEC_PER_SEC,
                                                  .output_max = 4096,
                                                  .environment = environment };
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/usr/bin/env", NULL };

        g_assert_cmpint(process_run(argv, &with_environment, &result), ==, 0);
        g_assert_cmpstr(result.output,
                        ==,
                        "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C.UTF-8\nA=b c\n");
}

static void test_missing_program_is_enoent(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/nonexistent/program", NULL };

        g_assert_cmpint(process_run(argv, &options, &result), ==, -ENOENT);
}

static void test_endless_program_is_killed(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const ProcessOptions hasty = { .timeout_usec = 100 * USEC_PER_MSEC, .output_max = 4096 };
        const char *const argv[] = { "/bin/sh", "-c", "while :; do :; done", NULL };

        g_assert_cmpint(process_run(argv, &hasty, &result), ==, PROCESS_E_TIMEOUT);
}

static void test_too_much_output_is_refused(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/bin/sh", "-c", "while :; do echo flood; done", NULL };

        g_assert_cmpint(process_run(argv, &options, &result), ==, PROCESS_E_OUTPUT_TOO_LARGE);
}

static void test_death_by_signal_is_told(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/bin/sh", "-c", "kill -9 $$", NULL };

        g_assert_cmpint(process_run(argv, &options, &result), ==, PROCESS_E_SIGNAL);
}

static void test_passed_descriptors_begin_at_three(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        int fds[2], zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
        const char *const argv[] = { "/bin/sh", "-c", "cat <&4; head -c 1 <&3 | wc -c", NULL };
        ProcessOptions with_fds = options;

        g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
        g_assert_cmpint(write(fds[1], "four\n", 5), ==, 5);
        (void) close(fds[1]);
        with_fds.pass_fds = (const int[]){ zero, fds[0] };
        with_fds.pass_fds_count = 2;

        g_assert_cmpint(process_run(argv, &with_fds, &result), ==, 0);
        g_assert_cmpstr(result.output, ==, "four\n1\n");
        (void) close(fds[0]);
        (void) close(zero);
}

/* A daemon that the program leaves behind holds its pipes open; the call must not wait for it. */
static void test_grandchild_is_not_waited_for(void) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { "/bin/sh", "-c", "tail -f /dev/null & echo done", NULL };

        g_assert_cmpint(process_run(argv, &options, &result), ==, 0);
        g_assert_cmpstr(result.output, ==, "done\n");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/process/output-errors-and-status-come-back",
                        test_output_errors_and_status_come_back);
        g_test_add_func("/process/input-is-read-to-its-end", test_input_is_read_to_its_end);
        g_test_add_func("/process/environment-is-what-was-asked-for",
                        test_environment_is_what_was_asked_for);
        g_test_add_func("/process/without-input-it-reads-nothing",
                        test_without_input_it_reads_nothing);
        g_test_add_func("/process/missing-program-is-enoent", test_missing_program_is_enoent);
        g_test_add_func("/process/endless-program-is-killed", test_endless_program_is_killed);
        g_test_add_func("/process/too-much-output-is-refused", test_too_much_output_is_refused);
        g_test_add_func("/process/death-by-signal-is-told", test_death_by_signal_is_told);
        g_test_add_func("/process/passed-descriptors-begin-at-three",
                        test_passed_descriptors_begin_at_three);
        g_test_add_func("/process/grandchild-is-not-waited-for", test_grandchild_is_not_waited_for);
        return g_test_run();
}
