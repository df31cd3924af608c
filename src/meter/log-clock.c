/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>
#include <time.h>

#include "meter/log-clock.h"

static int two_digits(const char *s) {
        return (s[0] - '0') * 10 + s[1] - '0';
}

static struct tm read_fields(const char *s) {
        return (struct tm){
                .tm_year = two_digits(s) * 100 + two_digits(s + 2) - 1900,
                .tm_mon = two_digits(s + 5) - 1,
                .tm_mday = two_digits(s + 8),
                .tm_hour = two_digits(s + 11),
                .tm_min = two_digits(s + 14),
        };
}

/* Conversions take the 31st of February for one of March. */
static bool is_same_minute(const struct tm *a, const struct tm *b) {
        return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
               a->tm_hour == b->tm_hour && a->tm_min == b->tm_min;
}

static bool read_universal(const struct tm *fields, int64_t *ret_sec) {
        struct tm normal = *fields;

        *ret_sec = timegm(&normal);
        return is_same_minute(&normal, fields);
}

/* As summer time or not. */
static bool read_local(const struct tm *fields, int is_summer, int64_t *ret_sec) {
        struct tm normal = *fields, back;
        time_t sec;

        normal.tm_isdst = is_summer;
        sec = mktime(&normal);
        *ret_sec = sec;
        return localtime_r(&sec, &back) && is_same_minute(&back, fields);
}

/* Return: how many times have this name. */
static int read_minute(const struct tm *fields, int64_t now_sec, int64_t *ret_sec) {
        int64_t summer, winter;
        bool is_summer = read_local(fields, 1, &summer), is_winter = read_local(fields, 0, &winter);

        if (!is_summer || !is_winter || summer == winter) {
                *ret_sec = is_summer ? summer : winter;
                return is_summer || is_winter ? 1 : 0;
        }

        *ret_sec = MAX_OF(summer, winter) <= now_sec ? MAX_OF(summer, winter)
                                                     : MIN_OF(summer, winter);
        return 2;
}

static bool read_zone(LogText stamp, int64_t *ret_sec) {
        const char *s = stamp.data + stamp.size - 5;
        int east_sec = (two_digits(s + 1) * 60 + two_digits(s + 3)) * 60;

        if (stamp.size < 19 + 6)
                return false;

        *ret_sec = s[0] == '+' ? east_sec : -east_sec;
        return true;
}

bool log_clock_read(LogClock *clock, LogText stamp, int64_t now_sec, int64_t *ret_sec) {
        struct tm fields;
        int64_t minute_sec, east_sec;
        int second = two_digits(stamp.data + 17), times;

        if (clock->is_set && memcmp(clock->minute, stamp.data, sizeof(clock->minute)) == 0 &&
            stamp.size < 19 + 6) {
                *ret_sec = clock->minute_sec + second;
                return true;
        }

        fields = read_fields(stamp.data);
        if (second > 60)
                return false;
        if (read_zone(stamp, &east_sec)) {
                if (!read_universal(&fields, &minute_sec))
                        return false;
                *ret_sec = minute_sec - east_sec + second;
                return true;
        }

        times = read_minute(&fields, now_sec, &minute_sec);
        if (times == 0)
                return false;
        /* what is read of a minute that exists twice depends on now */
        clock->is_set = times == 1;
        memcpy(clock->minute, stamp.data, sizeof(clock->minute));
        clock->minute_sec = minute_sec;
        *ret_sec = minute_sec + second;
        return true;
}
