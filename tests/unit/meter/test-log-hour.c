/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "meter/log-hour.h"

#define START 1800000000

static void add(LogHour *hour, int64_t line_sec) {
        const StorePlace place = {
                .log = { .inode = 1, .offset = (uint64_t) (line_sec - START) },
                .last_line_sec = line_sec,
                .is_set = true,
        };

        log_hour_add(hour, &place);
}

static void test_nothing_was_read(void) {
        LogHour hour = {};
        const StorePlace nowhere = {};

        log_hour_add(&hour, &nowhere);
        g_assert_false(log_hour_begin(&hour).is_set);
}

static void test_place_is_somewhat_before_the_last_hour(void) {
        LogHour hour = {};

        for (int64_t sec = START; sec < START + 3 * 86400; sec += g_test_rand_int_range(0, 90)) {
                StorePlace begin;

                add(&hour, sec);
                begin = log_hour_begin(&hour);
                if (sec < START + LOG_HOUR_SEC)
                        g_assert_false(begin.is_set);
                if (begin.is_set)
                        g_assert_cmpint(begin.last_line_sec, <=, sec - LOG_HOUR_SEC);
                if (sec >= START + LOG_HOUR_SEC + 300)
                        g_assert_cmpint(begin.last_line_sec, >=, sec - LOG_HOUR_SEC - 300);
        }
}

static void test_place_before_a_silence_stays(void) {
        LogHour hour = {};

        add(&hour, START);
        g_assert_false(log_hour_begin(&hour).is_set);
        add(&hour, START + 86400);
        g_assert_cmpint(log_hour_begin(&hour).last_line_sec, ==, START);
        add(&hour, START + 86400 + 2 * LOG_HOUR_SEC);
        g_assert_cmpint(log_hour_begin(&hour).last_line_sec, ==, START + 86400);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/log-hour/nothing", test_nothing_was_read);
        g_test_add_func("/log-hour/hour", test_place_is_somewhat_before_the_last_hour);
        g_test_add_func("/log-hour/silence", test_place_before_a_silence_stays);

        return g_test_run();
}
