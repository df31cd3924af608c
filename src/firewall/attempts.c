/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "firewall/attempts.h"

void attempts_done(Attempts *attempts) {
        free(attempts->items);
        *attempts = (Attempts){};
}

int attempts_append(Attempts *attempts, const Attempt *attempt) {
        assert(attempt->expires_sec > 0);

        if (attempts->count >= ATTEMPTS_MAX)
                return -E2BIG;

        if (attempts->count == attempts->allocated) {
                size_t allocated = MAX_OF(attempts->allocated * 2, (size_t) 16);
                Attempt *items = reallocarray(attempts->items, allocated, sizeof(Attempt));

                if (!items)
                        return -ENOMEM;
                attempts->items = items;
                attempts->allocated = allocated;
        }

        attempts->items[attempts->count++] = *attempt;
        return 0;
}
