/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "check/probes.h"
#include "exim/probe-read.h"
#include "util/now.h"
#include "util/process.h"
#include "util/text.h"

/* A dead name server holds each of them up; all together have twice that. */
#define RUN_USEC_MAX (2 * USEC_PER_SEC)
/* Exim tells of each item of each list that it compares. */
#define OUTPUT_MAX    (4 * 1024 * 1024)
#define ARGUMENTS_MAX 12

/* TEST-NET-1: nobody's. */
#define REMOTE_HOST "192.0.2.1"

#define PROBE_ADDRESS EXIM_PROBE_USER "@" EXIM_PROBE_DOMAIN

/* Return: 1 and what Exim said, 0 if it was late or said too much, or a negative errno. */
static int run_exim(
                const char *binary,
                const char *config,
                const char *const what[],
                const char *input,
                uint64_t deadline,
                ProcessResult *result,
                EximRun *ret) {
        uint64_t now = now_read_usec(CLOCK_MONOTONIC);
        const char *argv[ARGUMENTS_MAX];
        ProcessOptions options = { .output_max = OUTPUT_MAX, .input = input };
        size_t n = 0;
        int r;

        if (now >= deadline)
                return 0;

        argv[n++] = binary;
        if (config) {
                argv[n++] = "-C";
                argv[n++] = config;
        }
        for (size_t i = 0; what[i]; i++)
                argv[n++] = what[i];
        argv[n] = NULL;

        options.timeout_usec = MIN_OF(deadline - now, RUN_USEC_MAX);
        r = process_run(argv, &options, result);
        if (r == PROCESS_E_TIMEOUT || r == PROCESS_E_OUTPUT_TOO_LARGE)
                return 0;
        if (r < 0)
                return r;

        *ret = (EximRun){
                .output = result->output ?: "",
                .errors = result->errors ?: "",
                .status = result->status,
                .signalled = r == PROCESS_E_SIGNAL,
        };
        return 1;
}

static int run_session(
                const char *binary,
                const char *config,
                EximClient client,
                const char *script,
                uint64_t deadline,
                EximProbes *probes) {
        static const char *const arguments[_EXIM_CLIENT_MAX][ARGUMENTS_MAX - 3] = {
                [EXIM_CLIENT_LOCAL] = { "-bh", "127.0.0.1" },
                [EXIM_CLIENT_AUTHENTICATED] = { "-oMaa",
                                                EXIM_PROBE_USER,
                                                "-oMai",
                                                EXIM_PROBE_USER,
                                                "-bh",
                                                REMOTE_HOST },
                [EXIM_CLIENT_REMOTE] = { "-bh", REMOTE_HOST },
        };
        CLEANUP(process_result_done) ProcessResult result = {};
        EximRun run;
        int r;

        r = run_exim(binary, config, arguments[client], script, deadline, &result, &run);
        if (r <= 0)
                return r;

        r = exim_session_read(probes, client, &run);
        return r < 0 ? r : 1;
}

static int run_deed(
                const char *binary,
                const char *config,
                EximDeed deed,
                const char *local,
                uint64_t deadline,
                EximProbes *probes) {
        /* -odq: it is not delivered; the unit's spool ends with it. */
        const char *const arguments[_EXIM_DEED_MAX][ARGUMENTS_MAX - 3] = {
                [EXIM_DEED_ROUTE_LOCAL] = { "-bt", local },
                [EXIM_DEED_ROUTE_REMOTE] = { "-bt", PROBE_ADDRESS },
                [EXIM_DEED_SUBMIT] = { "-v",
                                       "-odq",
                                       "-oep",
                                       "-f",
                                       PROBE_ADDRESS,
                                       local,
                                       PROBE_ADDRESS },
        };
        CLEANUP(process_result_done) ProcessResult result = {};
        EximRun run;
        int r;

        r = run_exim(binary,
                     config,
                     arguments[deed],
                     deed == EXIM_DEED_SUBMIT ? exim_probe_message : NULL,
                     deadline,
                     &result,
                     &run);
        if (r <= 0)
                return r;

        r = exim_deed_read(probes, deed, &run);
        return r < 0 ? r : 1;
}

int probes_run(const char *binary,
               const char *config,
               const char *domain,
               uint64_t deadline,
               EximProbes *ret,
               bool *late) {
        CLEANUP(exim_probes_done) EximProbes probes = {};
        CLEANUP(freep) char *script = exim_session_script(domain);
        CLEANUP(freep) char *local = string_format("root@%s", domain);
        int r;

        if (!script || !local)
                return -ENOMEM;

        for (EximClient client = 0; client < _EXIM_CLIENT_MAX; client++) {
                r = run_session(binary, config, client, script, deadline, &probes);
                if (r < 0)
                        return r;
                *late = *late || r == 0;
        }

        for (EximDeed deed = 0; deed < _EXIM_DEED_MAX; deed++) {
                r = run_deed(binary, config, deed, local, deadline, &probes);
                if (r < 0)
                        return r;
                *late = *late || r == 0;
        }

        *ret = probes;
        probes = (EximProbes){};
        return 0;
}
