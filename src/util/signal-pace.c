/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "util/signal-pace.h"

#define EACH_USEC (USEC_PER_SEC / SIGNALS_PER_SECOND)

bool signal_pace_take(SignalPace *pace, uint64_t now_usec, uint64_t *ret_kept_back) {
        uint64_t full = MAX_OF(pace->full_usec, now_usec) + EACH_USEC;

        if (full - now_usec > SIGNALS_AT_ONCE * EACH_USEC) {
                pace->kept_back++;
                return false;
        }

        pace->full_usec = full;
        *ret_kept_back = pace->kept_back;
        pace->kept_back = 0;
        return true;
}
