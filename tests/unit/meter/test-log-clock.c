/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>
#include <time.h>

#include "meter/log-clock.h"

#define NOW INT64_C(2000000000)

static bool read_at(LogClock *clock, const char *stamp, int64_t now_sec, int64_t *ret_sec) {
        return log_clock_read(clock, (LogText){ stamp, strlen(stamp) }, now_sec, ret_sec);
}

static int64_t read_stamp(const char *stamp, int64_t now_sec) {
        LogClock clock = {};
        int64_t sec = -1;

        g_assert_true(read_at(&clock, stamp, now_sec, &sec));
        return sec;
}

static void set_zone(const char *zone) {
        g_setenv("TZ", zone, TRUE);
        tzset();
}

static void test_local_time_is_that_of_the_zone(void) {
        set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
        g_assert_cmpint(read_stamp("2026-11-20 08:39:49", NOW), ==, 1795163989 - 3600);
        g_assert_cmpint(read_stamp("2026-07-20 08:39:49.999", NOW), ==, 1784536789 - 7200);
}

static void test_zone_of_the_stamp_counts(void) {
        set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
        g_assert_cmpint(read_stamp("2026-11-20 08:39:49 +0000", NOW), ==, 1795163989);
        g_assert_cmpint(read_stamp("2026-11-20 08:39:49.123 +0530", NOW), ==, 1795163989 - 19800);
        g_assert_cmpint(read_stamp("2026-11-20 08:39:49 -0800", NOW), ==, 1795163989 + 28800);
}

/* 2026-10-25 02:30 was at 00:30 and at 01:30 of UTC. */
static void test_of_two_times_the_later_one_that_has_been_counts(void) {
        set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
        g_assert_cmpint(read_stamp("2026-10-25 02:30:00", NOW), ==, 1792891800);
        g_assert_cmpint(read_stamp("2026-10-25 02:30:00", 1792891800), ==, 1792891800);
        g_assert_cmpint(read_stamp("2026-10-25 02:30:00", 1792891799), ==, 1792888200);
}

static void test_second_reading_of_the_same_minute_is_not_the_first(void) {
        LogClock clock = {};
        int64_t sec;

        set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
        g_assert_true(read_at(&clock, "2026-10-25 02:30:00", 1792888200, &sec));
        g_assert_cmpint(sec, ==, 1792888200);
        g_assert_true(read_at(&clock, "2026-10-25 02:30:00", 1792891800, &sec));
        g_assert_cmpint(sec, ==, 1792891800);
}

static void test_minute_that_is_kept_is_the_same(void) {
        LogClock clock = {};
        int64_t first, second, third;

        set_zone("UTC0");
        g_assert_true(read_at(&clock, "2026-11-20 08:39:49", NOW, &first));
        g_assert_true(read_at(&clock, "2026-11-20 08:39:59.001", NOW, &second));
        g_assert_true(read_at(&clock, "2026-11-20 08:40:00", NOW, &third));
        g_assert_cmpint(second, ==, first + 10);
        g_assert_cmpint(third, ==, first + 11);
        g_assert_true(read_at(&clock, "2026-11-20 08:40:00 +0100", NOW, &third));
        g_assert_cmpint(third, ==, first + 11 - 3600);
}

static void test_time_that_does_not_exist_is_none(void) {
        static const char *const cases[] = {
                "2026-13-20 08:39:49", "2026-00-20 08:39:49",       "2026-02-31 08:39:49",
                "2026-11-20 24:39:49", "2026-11-20 08:60:49",       "2026-11-20 08:39:61",
                "2026-03-29 02:30:00", "2026-02-31 08:39:49 +0000",
        };
        LogClock clock = {};
        int64_t sec;

        set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                g_test_message("%s", cases[i]);
                g_assert_false(read_at(&clock, cases[i], NOW, &sec));
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/log-clock/local", test_local_time_is_that_of_the_zone);
        g_test_add_func("/log-clock/zone", test_zone_of_the_stamp_counts);
        g_test_add_func("/log-clock/twice", test_of_two_times_the_later_one_that_has_been_counts);
        g_test_add_func("/log-clock/again",
                        test_second_reading_of_the_same_minute_is_not_the_first);
        g_test_add_func("/log-clock/kept", test_minute_that_is_kept_is_the_same);
        g_test_add_func("/log-clock/none", test_time_that_does_not_exist_is_none);
        return g_test_run();
}
