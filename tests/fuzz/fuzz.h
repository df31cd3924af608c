/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the fuzz targets share. */

#include <stdio.h>
#include <string.h>

#include "util/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): the claims must hold in a build without assertions too. */
static inline void require(bool claim, const char *words) {
        if (claim)
                return;

        (void) fprintf(stderr, "not so: %s\n", words);
        abort();
}

static inline void require_same(
                const char *a, size_t a_size, const char *b, size_t b_size, const char *words) {
        require(a_size == b_size && memcmp(a, b, a_size) == 0, words);
}
