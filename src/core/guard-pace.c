/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/guard-pace.h"

static bool is_calm(const GuardPace *pace, uint64_t now_usec) {
        return pace->repairs == 0 || now_usec - pace->last_usec >= GUARD_PACE_CALM_USEC;
}

uint64_t guard_pace_due(const GuardPace *pace, uint64_t now_usec) {
        uint64_t pause = GUARD_PACE_PAUSE_USEC;

        if (is_calm(pace, now_usec) || pace->repairs < GUARD_PACE_BURST)
                return now_usec;

        for (unsigned i = GUARD_PACE_BURST; i < pace->repairs && pause < GUARD_PACE_PAUSE_MAX_USEC;
             i++)
                pause *= 2;

        return MAX_OF(now_usec, pace->last_usec + MIN_OF(pause, GUARD_PACE_PAUSE_MAX_USEC));
}

void guard_pace_note(GuardPace *pace, uint64_t now_usec, bool failed) {
        if (is_calm(pace, now_usec))
                pace->repairs = 0;

        /* what fails once will hardly work a millisecond later */
        if (failed)
                pace->repairs = MAX_OF(pace->repairs, GUARD_PACE_BURST - 1);
        if (pace->repairs < UINT32_MAX)
                pace->repairs++;
        pace->last_usec = now_usec;
}

bool guard_pace_is_contested(const GuardPace *pace, uint64_t now_usec) {
        return pace->repairs >= GUARD_PACE_BURST && !is_calm(pace, now_usec);
}

uint64_t guard_pace_calm_at(const GuardPace *pace) {
        return pace->last_usec + GUARD_PACE_CALM_USEC;
}
