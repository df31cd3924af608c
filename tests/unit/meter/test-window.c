/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "meter/window.h"

#define START 1800000000

static void add(Window *window, int64_t time, uint32_t count) {
        g_assert_cmpint(window_add(window, time, count, time), ==, 0);
}

static uint64_t sum_at(Window *window, WindowLength length, int64_t now) {
        window_advance(window, now);
        return window_sum(window, length);
}

static void test_event_counts_for_an_hour_and_its_second(void) {
        CLEANUP(window_done) Window window = {};

        add(&window, START, 5);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START), ==, 5);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START + 3600), ==, 5);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START + 3601), ==, 0);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, START + 3601), ==, 5);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, START + 86400), ==, 5);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, START + 86401), ==, 0);
        g_assert_true(window_is_empty(&window));
}

static void test_minutes_behind_the_hour_count_to_their_last_event(void) {
        CLEANUP(window_done) Window window = {};
        int64_t minute = START - START % 60;

        add(&window, minute, 1);
        add(&window, minute + 59, 1);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, minute + 59 + 86400), ==, 2);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, minute + 60 + 86400), ==, 0);
}

static void test_late_news_of_an_old_event_count_from_its_own_time(void) {
        CLEANUP(window_done) Window window = {};

        add(&window, START, 1);
        g_assert_cmpint(window_add(&window, START - 1000, 2, START), ==, 0);
        g_assert_cmpint(window_add(&window, START - 10000, 4, START), ==, 0);
        g_assert_cmpint(window_add(&window, START - 90000, 8, START), ==, 0);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START), ==, 3);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, START), ==, 7);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START + 2601), ==, 1);
}

static void test_clock_that_is_put_back_makes_nobody_wait_longer_than_a_window(void) {
        CLEANUP(window_done) Window window = {};

        add(&window, START + 100000000, 3);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START), ==, 3);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START + 3601), ==, 0);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, START + 86401 + 60), ==, 0);
}

static void test_event_that_is_to_come_counts_now(void) {
        CLEANUP(window_done) Window window = {};

        g_assert_cmpint(window_add(&window, START + 500, 3, START), ==, 0);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START + 3601), ==, 0);
}

static void test_full_counters_do_not_wrap(void) {
        CLEANUP(window_done) Window window = {};

        add(&window, START, UINT32_MAX);
        add(&window, START, UINT32_MAX);
        g_assert_cmpuint(window_sum(&window, WINDOW_HOUR), ==, 2 * (uint64_t) UINT32_MAX);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START + 3601), ==, 0);
}

static void test_end_of_the_limit_is_told(void) {
        CLEANUP(window_done) Window window = {};

        add(&window, START, 10);
        add(&window, START + 100, 5);
        g_assert_cmpint(window_time_below(&window, WINDOW_HOUR, 15, START + 100), ==, START + 100);
        g_assert_cmpint(window_time_below(&window, WINDOW_HOUR, 14, START + 100), ==, START + 3601);
        g_assert_cmpint(window_time_below(&window, WINDOW_HOUR, 5, START + 100), ==, START + 3601);
        g_assert_cmpint(window_time_below(&window, WINDOW_HOUR, 0, START + 100), ==, START + 3701);
        g_assert_cmpint(window_time_below(&window, WINDOW_DAY, 0, START + 100), ==, START + 86501);
        window_advance(&window, START + 3650);
        g_assert_cmpint(window_time_below(&window, WINDOW_DAY, 5, START + 3650), ==, START + 86401);
        g_assert_cmpint(window_time_below(&window, WINDOW_DAY, 0, START + 3650), ==, START + 86501);
}

/* What window.h promises, said in the simplest way: a list of all events. */
typedef struct Naive {
        int64_t times[100000];
        uint32_t counts[100000];
        size_t first;
        size_t count;
} Naive;

static uint64_t naive_sum(Naive *naive, int64_t now, int64_t length) {
        uint64_t sum = 0;

        /* times are nearly sorted: none is more than 5000 s before the one before it */
        while (naive->first < naive->count && naive->times[naive->first] < now - 100000)
                naive->first++;
        for (size_t i = naive->first; i < naive->count; i++)
                if (naive->times[i] + length >= now)
                        sum += naive->counts[i];
        return sum;
}

static void expect_same(Window *window, Naive *naive, int64_t now) {
        uint64_t day;

        window_advance(window, now);
        day = window_sum(window, WINDOW_DAY);
        g_assert_cmpuint(window_sum(window, WINDOW_HOUR), ==, naive_sum(naive, now, 3600));
        g_assert_cmpuint(day, >=, naive_sum(naive, now, 86400));
        g_assert_cmpuint(day, <=, naive_sum(naive, now, 86400 + 59));
}

static void test_hundred_thousand_random_events_count_as_a_list_of_them(void) {
        CLEANUP(window_done) Window window = {};
        CLEANUP(freep) Naive *naive = g_malloc0(sizeof(*naive));
        int64_t now = START;

        for (size_t i = 0; i < ELEMENTS_OF(naive->times); i++) {
                uint32_t count = (uint32_t) g_test_rand_int_range(1, 100);
                int64_t time = now;

                if (g_test_rand_int_range(0, 20) == 0)
                        time -= g_test_rand_int_range(0, 5000);
                naive->times[naive->count] = time;
                naive->counts[naive->count++] = count;
                g_assert_cmpint(window_add(&window, time, count, now), ==, 0);

                /* now and then a pause, up to two days; rarely the comparison, which is slow */
                now += g_test_rand_int_range(0, 1000) == 0 ? g_test_rand_int_range(0, 170000)
                                                           : g_test_rand_int_range(0, 30);
                if (g_test_rand_int_range(0, 40) == 0)
                        expect_same(&window, naive, now);
        }

        expect_same(&window, naive, now);
        expect_same(&window, naive, now + 200000);
        g_assert_true(window_is_empty(&window));
}

static void test_busy_subject_needs_bounded_memory(void) {
        CLEANUP(window_done) Window window = {};

        for (int64_t i = 0; i < 3 * 86400; i++)
                add(&window, START + i, 1);
        g_assert_cmpuint(window.hour.allocated, <=, 4096);
        g_assert_cmpuint(window.day.allocated, <=, 2048);
}

static void test_what_was_up_to_a_time_can_be_forgotten(void) {
        CLEANUP(window_done) Window window = {};

        add(&window, START, 1);
        add(&window, START + 7200, 2);
        add(&window, START + 7201, 4);
        window_forget(&window, START + 7200);
        g_assert_cmpuint(sum_at(&window, WINDOW_HOUR, START + 7201), ==, 4);
        g_assert_cmpuint(sum_at(&window, WINDOW_DAY, START + 7201), ==, 4);
        window_forget(&window, START + 9000);
        g_assert_true(window_is_empty(&window));
}

#define CASE(name, function) g_test_add_func("/window/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("event-counts-for-an-hour-and-its-second",
             test_event_counts_for_an_hour_and_its_second);
        CASE("minutes-behind-the-hour-count-to-their-last-event",
             test_minutes_behind_the_hour_count_to_their_last_event);
        CASE("late-news-of-an-old-event-count-from-its-own-time",
             test_late_news_of_an_old_event_count_from_its_own_time);
        CASE("clock-that-is-put-back-makes-nobody-wait-longer-than-a-window",
             test_clock_that_is_put_back_makes_nobody_wait_longer_than_a_window);
        CASE("event-that-is-to-come-counts-now", test_event_that_is_to_come_counts_now);
        CASE("full-counters-do-not-wrap", test_full_counters_do_not_wrap);
        CASE("end-of-the-limit-is-told", test_end_of_the_limit_is_told);
        CASE("hundred-thousand-random-events-count-as-a-list-of-them",
             test_hundred_thousand_random_events_count_as_a_list_of_them);
        CASE("busy-subject-needs-bounded-memory", test_busy_subject_needs_bounded_memory);
        CASE("what-was-up-to-a-time-can-be-forgotten", test_what_was_up_to_a_time_can_be_forgotten);

        return g_test_run();
}
