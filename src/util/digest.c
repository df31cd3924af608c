/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "util/digest.h"

Digest digest_of(const void *data, size_t size) {
        uint8_t raw[SHA256_DIGEST_SIZE];
        struct sha256_ctx context;
        Digest digest;

        sha256_init(&context);
        sha256_update(&context, size, data);
        sha256_digest(&context, sizeof(raw), raw);

        for (size_t i = 0; i < sizeof(raw); i++)
                (void) snprintf(digest.hex + 2 * i, 3, "%02x", raw[i]);

        return digest;
}

bool digest_equal(const Digest *a, const Digest *b) {
        return strcmp(a->hex, b->hex) == 0;
}

bool digest_is_valid(const char *hex) {
        return strlen(hex) == DIGEST_SIZE - 1 && strspn(hex, "0123456789abcdef") == DIGEST_SIZE - 1;
}
