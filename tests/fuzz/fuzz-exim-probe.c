/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Any text as what exim -bh and -bt print (standard output, a NUL, standard error), and as request
 * and answer of smtp-restrictions-check. No crash, and what people are shown is bounded.
 */

#include <stdio.h>
#include <string.h>

#include "exim/output.h"
#include "exim/probe-read.h"
#include "exim/probe-text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): the claims must hold in a build without assertions too. */
static void require(bool claim, const char *words) {
        if (claim)
                return;

        (void) fprintf(stderr, "not so: %s\n", words);
        abort();
}

static void require_printable(const char *text) {
        for (const char *s = text; *s; s++)
                require(*s >= ' ' && *s <= '~', "words are printable");
}

static void check_probes(const char *output, const char *errors, int status) {
        CLEANUP(exim_probes_done) EximProbes before = {}, now = {};
        const EximRun run = { .output = output, .errors = errors, .status = status };
        CLEANUP(freep) char *text = NULL;

        require(exim_session_read(&now, EXIM_CLIENT_REMOTE, &run) == 0, "a session can be read");
        for (EximDeed deed = 0; deed < _EXIM_DEED_MAX; deed++)
                require(exim_deed_read(&now, deed, &run) == 0, "the rest can be read");
        for (size_t i = 0; i < EXIM_PROBES; i++) {
                require((now.items[i].class == EXIM_PROBE_BROKEN) == !!now.items[i].words,
                        "what is broken has words, and nothing else");
                before.items[i].class = EXIM_PROBE_GOOD;
        }

        if (exim_probes_compare(&before, &now, "/staged", "/etc/exim4/exim4.conf", &text) == 0) {
                require(strlen(text) <= 4 * EXIM_ERROR_TEXT_MAX + 100, "they are bounded");
                require_printable(text);
        } else
                require(!exim_probes_are_broken(&now), "what is broken is worse than good");
}

static void check_texts(const char *text) {
        CLEANUP(exim_probe_request_done) EximProbeRequest request = {};
        CLEANUP(freep) char *words = NULL;
        EximVerdict verdict;

        if (exim_probe_request_parse(text, &request) == 0) {
                CLEANUP(freep) char *again = NULL;

                if (exim_probe_request_to_text(&request, &again) == 0)
                        require(strcmp(again, text) == 0, "a request comes back");
        }
        if (exim_probe_answer_parse(text, &verdict, &words) == 0)
                require_printable(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(freep) char *text = calloc(1, size + 2);
        const char *errors;

        require(text, "there is memory");
        if (size > 0)
                memcpy(text, data, size);
        errors = text + strlen(text) + (strlen(text) < size ? 1 : 0);

        check_probes(text, errors, 0);
        check_probes(text, errors, 1);
        check_texts(text);
        return 0;
}
