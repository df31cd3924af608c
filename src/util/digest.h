/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SHA-256 (FIPS 180-4) of a byte string as 64 lower-case hex digits. Pure; the work is done by
 * Nettle. */

#include "util/macro.h"

#define DIGEST_SIZE 65 /* with the NUL */

typedef struct Digest {
        char hex[DIGEST_SIZE];
} Digest;

Digest digest_of(const void *data, size_t size);

bool digest_equal(const Digest *a, const Digest *b);

/* 64 lower-case hex digits and nothing else. */
bool digest_is_valid(const char *hex);
