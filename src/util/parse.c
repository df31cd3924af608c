/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "util/parse.h"

int parse_u64(const char *string, uint64_t max, uint64_t *ret) {
        uint64_t value = 0;

        assert(string && ret);

        if (string[0] == 0)
                return -EINVAL;

        for (const char *p = string; *p; p++) {
                uint64_t digit = (uint64_t) (*p - '0');

                if (*p < '0' || *p > '9')
                        return -EINVAL;
                if (value > (UINT64_MAX - digit) / 10)
                        return -ERANGE;
                value = value * 10 + digit;
        }

        if (value > max)
                return -ERANGE;

        *ret = value;
        return 0;
}

int parse_u32(const char *string, uint32_t max, uint32_t *ret) {
        uint64_t value;
        int r;

        r = parse_u64(string, max, &value);
        if (r < 0)
                return r;

        *ret = (uint32_t) value;
        return 0;
}

int parse_port(const char *string, uint16_t *ret) {
        uint64_t value;
        int r;

        r = parse_u64(string, UINT16_MAX, &value);
        if (r < 0)
                return r;
        if (value == 0)
                return -ERANGE;

        *ret = (uint16_t) value;
        return 0;
}
