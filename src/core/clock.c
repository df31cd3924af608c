/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "core/clock.h"
#include "util/now.h"

/* The unit's sandbox hides the kernel's file; there systemd gives the id. */
static bool read_boot_id(sd_id128_t *ret) {
        const char *given = getenv("BOOT_ID");

        if (given && sd_id128_from_string(given, ret) >= 0)
                return true;

        return sd_id128_get_boot(ret) >= 0;
}

uint64_t clock_now_usec(void) {
        return now_read_usec(CLOCK_REALTIME);
}

void clock_read(Clock *ret) {
        sd_id128_t id;

        *ret = (Clock){
                .realtime_usec = now_read_usec(CLOCK_REALTIME),
                .boottime_usec = now_read_usec(CLOCK_BOOTTIME),
        };
        if (read_boot_id(&id))
                (void) sd_id128_to_string(id, ret->boot_id);
}
