/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "ctl/duration.h"
#include "util/text.h"

static void test_durations_are_read_as_people_type_them(void) {
        static const struct {
                const char *string;
                uint32_t seconds;
        } cases[] = {
                { "90", 90 },
                { "90s", 90 },
                { "30m", 1800 },
                { "2h", 7200 },
                { "7d", 604800 },
                { "0", 0 },
                { "4294967295", UINT32_MAX },
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                uint32_t seconds = 1;

                g_assert_cmpint(duration_parse(cases[i].string, &seconds), ==, 0);
                g_assert_cmpuint(seconds, ==, cases[i].seconds);
        }
}

static void test_what_is_no_duration_is_refused(void) {
        static const char *const wrong[] = { "", "m", "x", "-1", "1.5h", "30 m", "30mm", "m30" };
        uint32_t seconds;

        for (size_t i = 0; i < ELEMENTS_OF(wrong); i++)
                g_assert_cmpint(duration_parse(wrong[i], &seconds), ==, -EINVAL);
}

static void test_what_does_not_fit_is_refused(void) {
        static const char *const wrong[] = { "4294967296", "49711d", "99999999999999999999h" };
        uint32_t seconds;

        for (size_t i = 0; i < ELEMENTS_OF(wrong); i++)
                g_assert_cmpint(duration_parse(wrong[i], &seconds), ==, -ERANGE);
}

static void test_durations_are_told_in_two_units(void) {
        static const struct {
                uint64_t seconds;
                const char *string;
        } cases[] = {
                { 0, "0 s" },           { 59, "59 s" },         { 60, "1 min 0 s" },
                { 1745, "29 min 5 s" }, { 7199, "1 h 59 min" }, { 183600, "2 d 3 h" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                CLEANUP(freep) char *string = duration_describe(cases[i].seconds);

                g_assert_cmpstr(string, ==, cases[i].string);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/duration/read-as-people-type-them",
                        test_durations_are_read_as_people_type_them);
        g_test_add_func("/duration/what-is-none-is-refused", test_what_is_no_duration_is_refused);
        g_test_add_func("/duration/what-does-not-fit-is-refused",
                        test_what_does_not_fit_is_refused);
        g_test_add_func("/duration/told-in-two-units", test_durations_are_told_in_two_units);
        return g_test_run();
}
