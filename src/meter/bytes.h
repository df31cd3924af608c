/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Numbers in records on disk: big-endian, at any address. Pure. */

#include <endian.h>
#include <string.h>

#include "util/macro.h"

static inline void bytes_put_u32(uint8_t *bytes, uint32_t number) {
        uint32_t big = htobe32(number);

        memcpy(bytes, &big, sizeof(big));
}

static inline uint32_t bytes_get_u32(const uint8_t *bytes) {
        uint32_t big;

        memcpy(&big, bytes, sizeof(big));
        return be32toh(big);
}

static inline void bytes_put_u64(uint8_t *bytes, uint64_t number) {
        uint64_t big = htobe64(number);

        memcpy(bytes, &big, sizeof(big));
}

static inline uint64_t bytes_get_u64(const uint8_t *bytes) {
        uint64_t big;

        memcpy(&big, bytes, sizeof(big));
        return be64toh(big);
}
