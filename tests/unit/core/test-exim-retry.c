/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/exim-retry.h"

static void test_it_is_tried_ever_later_and_not_for_ever(void) {
        uint64_t before = 0;
        unsigned tried = 0;

        for (uint64_t delay; (delay = exim_retry_delay_usec(tried)) > 0; tried++) {
                g_assert_cmpuint(delay, >, before);
                before = delay;
                g_assert_cmpuint(tried, <, 10);
        }

        g_assert_cmpuint(tried, >, 1);
        g_assert_cmpuint(exim_retry_delay_usec(tried + 1), ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/exim-retry/ever-later-and-not-for-ever",
                        test_it_is_tried_ever_later_and_not_for_ever);

        return g_test_run();
}
