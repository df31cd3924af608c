/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "meter/log-hour.h"

#define MINUTE_SEC 60

/* Processes write lines in another order than that of their times, by moments. */
#define SLACK_SEC MINUTE_SEC

/* By an hour, and more. */
static bool is_before(const StorePlace *a, const StorePlace *b) {
        return a->last_line_sec + LOG_HOUR_SEC + SLACK_SEC <= b->last_line_sec;
}

void log_hour_add(LogHour *hour, const StorePlace *place) {
        StorePlace *places = hour->places;
        size_t old = 0;

        if (!place->is_set ||
            (hour->count > 0 &&
             place->last_line_sec < places[hour->count - 1].last_line_sec + MINUTE_SEC))
                return;

        /* the newest that is old enough is kept */
        while (old + 1 < hour->count && is_before(&places[old + 1], place))
                old++;
        hour->count -= old;
        memmove(places, places + old, hour->count * sizeof(*places));

        assert(hour->count < LOG_HOUR_MAX);
        places[hour->count++] = *place;
}

StorePlace log_hour_begin(const LogHour *hour) {
        const StorePlace *places = hour->places;

        return hour->count > 0 && is_before(&places[0], &places[hour->count - 1]) ? places[0]
                                                                                  : (StorePlace){};
}
