/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>

#include "dbus/refusals.h"
#include "util/log.h"
#include "util/now.h"

#define WINDOW_USEC (60 * USEC_PER_SEC)

void refusals_log(Refusals *refusals, uint32_t uid, const char *method, const char *why) {
        uint64_t now = now_read_usec(CLOCK_MONOTONIC);

        assert(refusals && method && why);

        if (refusals->window_usec == 0 || now - refusals->window_usec >= WINDOW_USEC) {
                if (refusals->kept_back > 0)
                        log_notice("%u more refused calls were not logged", refusals->kept_back);
                *refusals = (Refusals){ .window_usec = now };
        }

        if (refusals->logged >= REFUSALS_PER_MINUTE) {
                refusals->kept_back++;
                return;
        }

        refusals->logged++;
        (void) log_write(
                        LOG_NOTICE,
                        LOG_ID_CALL_REFUSED,
                        0,
                        "Refused %s to uid %" PRIu32 ": %s",
                        method,
                        uid,
                        why);
}
