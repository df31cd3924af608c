/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Run a program to its end, with a bound on time and output. Blocks the calling thread: the service
 * calls it from its worker thread only, never from the event loop.
 */

#include "util/macro.h"

enum { PROCESS_E_TIMEOUT = 1, PROCESS_E_OUTPUT_TOO_LARGE, PROCESS_E_SIGNAL };

typedef struct ProcessOptions {
        uint64_t timeout_usec; /* from start to end; the child is killed then */
        size_t output_max;     /* bytes, for standard output and standard error each */
        const int *pass_fds;   /* descriptors the child gets as 3, 4, ...; NULL: none */
        size_t pass_fds_count;
        const char *input;              /* what it reads from standard input; NULL: nothing */
        const char *const *environment; /* beside PATH and LC_ALL, a NULL behind them; NULL: none */
} ProcessOptions;

typedef struct ProcessResult {
        int status;   /* exit status, 0 to 255 */
        char *output; /* owned, NUL-terminated: standard output */
        size_t output_size;
        char *errors; /* owned, NUL-terminated: standard error */
        size_t errors_size;
} ProcessResult;

void process_result_done(ProcessResult *result);

/*
 * argv[0] is an absolute path; the environment is PATH, LC_ALL=C.UTF-8 and what `options` has.
 * Return: 0 (also if the program ended with another exit status than 0),
 * PROCESS_E_*, or a negative errno (-ENOENT: no such program). After PROCESS_E_* the child and its
 * process group are gone.
 */
WARN_UNUSED int process_run(
                const char *const argv[], const ProcessOptions *options, ProcessResult *ret);
