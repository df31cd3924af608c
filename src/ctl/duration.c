/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "ctl/duration.h"
#include "util/parse.h"
#include "util/text.h"

typedef struct Unit {
        char letter;
        const char *name;
        uint32_t seconds;
} Unit;

static const Unit units[] = {
        { 'd', "d", 86400 },
        { 'h', "h", 3600 },
        { 'm', "min", 60 },
        { 's', "s", 1 },
};

int duration_parse(const char *string, uint32_t *ret) {
        CLEANUP(freep) char *digits = strdup(string);
        size_t size = strlen(string);
        uint32_t factor = 1, number;
        int r;

        if (!digits)
                return -ENOMEM;

        for (size_t i = 0; size > 0 && i < ELEMENTS_OF(units); i++)
                if (string[size - 1] == units[i].letter) {
                        factor = units[i].seconds;
                        digits[size - 1] = 0;
                }

        r = parse_u32(digits, UINT32_MAX / factor, &number);
        if (r < 0)
                return r;

        *ret = number * factor;
        return 0;
}

char *duration_describe(uint64_t seconds) {
        for (size_t i = 0; i + 1 < ELEMENTS_OF(units); i++)
                if (seconds >= units[i].seconds)
                        return string_format(
                                        "%ju %s %ju %s",
                                        (uintmax_t) (seconds / units[i].seconds),
                                        units[i].name,
                                        (uintmax_t) (seconds % units[i].seconds /
                                                     units[i + 1].seconds),
                                        units[i + 1].name);

        return string_format("%ju s", (uintmax_t) seconds);
}
