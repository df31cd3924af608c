/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "release/spool.h"

#define BEGIN                                                                                      \
        "1xUK9t-0002H3-2M-H\n"                                                                     \
        "Debian-exim 102 109\n"                                                                    \
        "<tester@host.test>\n"                                                                     \
        "1763668800 0\n"                                                                           \
        "-received_time_usec .123456\n"
#define HELD "-aclm _smtp_restrictions_hold 1\n1\n"
#define END                                                                                        \
        "-body_linecount 1\n"                                                                      \
        "XX\n"                                                                                     \
        "1\n"                                                                                      \
        "a@remote.test\n"                                                                          \
        "\n"                                                                                       \
        "037F From: x\n"

static bool says(const char *text) {
        return spool_says_held(text, strlen(text));
}

static void test_held_message_is_known(void) {
        g_assert_true(says(BEGIN HELD END));
        g_assert_true(says(BEGIN "-aclm _a 0\n\n-aclc _b 3\na\nb\n" HELD END));
}

static void test_other_messages_are_not(void) {
        static const char *const texts[] = {
                "",
                "\n",
                BEGIN END,
                BEGIN END HELD,                                    /* in a header */
                BEGIN "-aclm _a 34\n" HELD "\n" END,               /* in a value */
                BEGIN "-aclm _a 99999999999999999999\n" HELD END,  /* a broken one */
                BEGIN "-aclm _a 9999999\n" HELD END,               /* that does not end */
                BEGIN "--aclm _smtp_restrictions_hold 1\n1\n" END, /* a stranger's */
                BEGIN "-aclm _smtp_restrictions_hold 1\n0\n" END,
                BEGIN "-aclm _smtp_restrictions_hold 10\n1234567890\n" END,
                BEGIN "-aclm _smtp_restrictions_hold 1\n1",
                BEGIN "x-aclm _smtp_restrictions_hold 1\n1\n" END,
        };

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                g_assert_false(says(texts[i]));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/release/spool/held", test_held_message_is_known);
        g_test_add_func("/release/spool/others", test_other_messages_are_not);

        return g_test_run();
}
