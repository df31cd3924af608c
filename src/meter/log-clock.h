/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The times of log lines. Without log_timezone they are local times, which exist twice in the night
 * in which the clock is put back. Knows the time zone, no clock.
 */

#include "meter/log-line.h"

/* Converting a local time costs more than parsing the line: that of the last minute is kept. Begins
 * as {}. */
typedef struct LogClock {
        char minute[16];
        int64_t minute_sec;
        bool is_set;
} LogClock;

/*
 * Seconds since 1970. Of two possible times it is the later one that is not after `now_sec`: what
 * was sent counts rather an hour longer than an hour less. Return: false if there is no such time.
 */
bool log_clock_read(LogClock *clock, LogText stamp, int64_t now_sec, int64_t *ret_sec);
