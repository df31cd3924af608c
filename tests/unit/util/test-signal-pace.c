/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "util/signal-pace.h"

#define START (1000 * USEC_PER_SEC)

static unsigned take(SignalPace *pace, unsigned count, uint64_t now_usec, uint64_t *ret_kept_back) {
        unsigned taken = 0;

        for (unsigned i = 0; i < count; i++)
                taken += signal_pace_take(pace, now_usec, ret_kept_back);
        return taken;
}

static void test_some_at_once_and_then_so_many_a_second(void) {
        SignalPace pace = {};
        uint64_t kept_back;

        g_assert_cmpuint(take(&pace, 100, START, &kept_back), ==, SIGNALS_AT_ONCE);
        g_assert_cmpuint(
                        take(&pace, 100, START + USEC_PER_SEC, &kept_back), ==, SIGNALS_PER_SECOND);
        g_assert_cmpuint(
                        take(&pace, 100, START + 3600 * USEC_PER_SEC, &kept_back),
                        ==,
                        SIGNALS_AT_ONCE);
}

static void test_next_one_says_how_many_were_kept_back(void) {
        SignalPace pace = {};
        uint64_t kept_back = 7;

        g_assert_true(signal_pace_take(&pace, START, &kept_back));
        g_assert_cmpuint(kept_back, ==, 0);
        (void) take(&pace, SIGNALS_AT_ONCE - 1 + 3, START, &kept_back);
        g_assert_true(signal_pace_take(&pace, START + USEC_PER_SEC, &kept_back));
        g_assert_cmpuint(kept_back, ==, 3);
        g_assert_true(signal_pace_take(&pace, START + USEC_PER_SEC, &kept_back));
        g_assert_cmpuint(kept_back, ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/util/signal-pace/rate", test_some_at_once_and_then_so_many_a_second);
        g_test_add_func("/util/signal-pace/kept-back", test_next_one_says_how_many_were_kept_back);

        return g_test_run();
}
