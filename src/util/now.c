/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "util/now.h"

uint64_t now_read_usec(clockid_t clock) {
        struct timespec now = {};

        (void) clock_gettime(clock, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}
