/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as attempts.json: no crash, and what is taken is fit for the kernel. */

#include <stdio.h>

#include "core/attempts-text.h"

#define NOW (2000000000 * USEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): the claims must hold in a build without assertions too. */
static void require(bool claim, const char *words) {
        if (claim)
                return;

        (void) fprintf(stderr, "not so: %s\n", words);
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(attempt_book_done) AttemptBook book = {};
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r = attempts_from_text((const char *) data, size, NOW, &attempts, &book, &failure);
        require(r >= 0 || failure_is_set(&failure), "a refusal has a cause");
        require(attempts.count <= ATTEMPTS_TEXT_USERS_MAX + ATTEMPTS_TEXT_DESTINATIONS_MAX,
                "it is bounded");
        for (size_t i = 0; i < attempts.count; i++) {
                const Attempt *attempt = &attempts.items[i];

                require(attempt->expires_msec > 0 &&
                                        attempt->expires_msec <=
                                                        attempt_set_timeout_msec(attempt->set),
                        "it ends in time");
        }

        return 0;
}
