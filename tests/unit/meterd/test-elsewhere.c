/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <stdio.h>

#include "meterd/elsewhere.h"

#define ASKED (1000 * USEC_PER_SEC)

static void test_nobody_is_elsewhere_at_first(void) {
        const Elsewhere elsewhere = {};

        g_assert_false(elsewhere_has(&elsewhere, "203.0.113.9", 0));
        g_assert_false(elsewhere_has(&elsewhere, "", 0));
}

static void test_only_that_address_is(void) {
        Elsewhere elsewhere = {};

        elsewhere_add(&elsewhere, "203.0.113.9", ASKED);
        g_assert_true(elsewhere_has(&elsewhere, "203.0.113.9", ASKED));
        for (unsigned i = 10; i < 1000; i++) {
                char address[INET6_ADDRSTRLEN];

                (void) snprintf(address, sizeof(address), "2001:db8::%u", i);
                g_assert_false(elsewhere_has(&elsewhere, address, ASKED));
        }
        g_assert_false(elsewhere_has(&elsewhere, "203.0.113.90", ASKED));
        g_assert_false(elsewhere_has(&elsewhere, "203.0.113.", ASKED));
}

static void test_a_second_after_the_question_it_is_asked_again(void) {
        Elsewhere elsewhere = {};

        elsewhere_add(&elsewhere, "203.0.113.9", ASKED);
        g_assert_true(elsewhere_has(&elsewhere, "203.0.113.9", ASKED + USEC_PER_SEC - 1));
        g_assert_false(elsewhere_has(&elsewhere, "203.0.113.9", ASKED + USEC_PER_SEC));
}

static void test_a_flood_of_addresses_keeps_the_newest(void) {
        Elsewhere elsewhere = {};
        char address[INET6_ADDRSTRLEN] = "";

        for (unsigned i = 0; i < 10 * ELSEWHERE_PLACES; i++) {
                (void) snprintf(address, sizeof(address), "2001:db8::%x", i);
                elsewhere_add(&elsewhere, address, ASKED);
                g_assert_true(elsewhere_has(&elsewhere, address, ASKED));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/meterd/elsewhere/begins-empty", test_nobody_is_elsewhere_at_first);
        g_test_add_func("/meterd/elsewhere/that-address", test_only_that_address_is);
        g_test_add_func("/meterd/elsewhere/ends",
                        test_a_second_after_the_question_it_is_asked_again);
        g_test_add_func("/meterd/elsewhere/flood", test_a_flood_of_addresses_keeps_the_newest);

        return g_test_run();
}
