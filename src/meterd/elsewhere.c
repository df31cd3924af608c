/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>

#include "meterd/elsewhere.h"
#include "util/text.h"

/* Each address has one place. Addresses are text as Exim writes it: one form for each. */
static size_t place_of(const char *address) {
        uint32_t sum = 0;

        for (const char *s = address; *s; s++)
                sum = sum * 31 + (unsigned char) *s;
        return sum % ELSEWHERE_PLACES;
}

void elsewhere_add(Elsewhere *elsewhere, const char *address, uint64_t asked_usec) {
        size_t i = place_of(address);

        (void) snprintf(elsewhere->places[i].address,
                        sizeof(elsewhere->places[i].address),
                        "%s",
                        address);
        elsewhere->places[i].until_usec = asked_usec + ELSEWHERE_USEC;
}

bool elsewhere_has(const Elsewhere *elsewhere, const char *address, uint64_t now_usec) {
        size_t i = place_of(address);

        return now_usec < elsewhere->places[i].until_usec &&
               string_equal(elsewhere->places[i].address, address);
}
