/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-check: does Exim fail with a configuration where it does not fail with the one
 * in force? Reads a request on standard input, prints the answer. Not for people: the service
 * starts it in a unit of its own, as trying a configuration means running what it says.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/probes.h"
#include "exim/probe-text.h"
#include "util/fd.h"
#include "util/now.h"

/* A whole change has 20 s, and the reload needs the most of them. */
#define TIME_USEC_MAX (4 * USEC_PER_SEC)

static int read_request(EximProbeRequest *ret) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_all(STDIN_FILENO, EXIM_PROBE_TEXT_MAX, &text, &size);
        if (r < 0)
                return r;

        return exim_probe_request_parse(text, ret);
}

static int check(const EximProbeRequest *request, EximVerdict *ret, char **ret_words) {
        CLEANUP(exim_probes_done) EximProbes before = {}, now = {};
        uint64_t deadline = now_read_usec(CLOCK_MONOTONIC) + TIME_USEC_MAX;
        bool late = false;
        int r;

        r = probes_run(request->binary, request->staged, request->domain, deadline, &now, &late);
        if (r < 0)
                return r;

        *ret = late ? EXIM_VERDICT_UNKNOWN : EXIM_VERDICT_GOOD;
        if (!exim_probes_are_broken(&now))
                return 0;

        r = probes_run(request->binary, NULL, request->domain, deadline, &before, &late);
        if (r < 0)
                return r;

        r = exim_probes_compare(&before, &now, request->staged, request->real, ret_words);
        if (r == 0)
                *ret = EXIM_VERDICT_BROKEN;
        else if (late)
                *ret = EXIM_VERDICT_UNKNOWN;
        return r == -ENOENT ? 0 : r;
}

static int run(void) {
        CLEANUP(exim_probe_request_done) EximProbeRequest request = {};
        CLEANUP(freep) char *words = NULL;
        CLEANUP(freep) char *answer = NULL;
        EximVerdict verdict;
        int r;

        r = read_request(&request);
        if (r >= 0)
                r = check(&request, &verdict, &words);
        if (r < 0)
                return r;

        answer = exim_probe_answer_to_text(verdict, words);
        return answer ? fd_write_all(STDOUT_FILENO, answer, strlen(answer)) : -ENOMEM;
}

int main(void) {
        int r = run();

        if (r < 0)
                (void) fprintf(stderr, "smtp-restrictions-check: %s\n", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
