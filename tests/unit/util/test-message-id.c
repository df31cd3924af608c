/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "util/message-id.h"

static void test_both_forms_are_ids(void) {
        static const char *const ids[] = {
                "1xUK9t-0002H3-2M",
                "1xUK9t-00000000H3k-2M2m",
                "zzzzzz-ZZZZZZ-09",
        };

        for (size_t i = 0; i < ELEMENTS_OF(ids); i++)
                g_assert_true(message_id_is_valid(ids[i], strlen(ids[i])));
}

static void test_nothing_else_is_an_id(void) {
        static const char *const words[] = {
                "",
                "1xUK9t-0002H3-2",
                "1xUK9t-0002H3-2M2",
                "1xUK9t-0002H3-2M2m",
                "1xUK9t-00000000H3k-2M",
                "1xUK9t-0002H3-2M\n",
                "1xUK9t 0002H3 2M",
                "1xUK9t-0002H3-2.",
                "1xUK9t-0002H/-2M",
                "../etc-passwd-xx",
                "-xUK9t-0002H3-2M",
                "1xUK9t-0002-3-2M",
                "1xUK9t-0002H3\xc3\xa4-M",
        };

        for (size_t i = 0; i < ELEMENTS_OF(words); i++)
                g_assert_false(message_id_is_valid(words[i], strlen(words[i])));
        g_assert_false(message_id_is_valid("1xUK9t\0-0002H3-2M", 17));
}

static void test_longest_id_has_the_size_that_is_said(void) {
        g_assert_cmpuint(strlen("1xUK9t-00000000H3k-2M2m"), ==, MESSAGE_ID_MAX);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/message-id/both-forms-are-ids", test_both_forms_are_ids);
        g_test_add_func("/message-id/nothing-else-is-an-id", test_nothing_else_is_an_id);
        g_test_add_func("/message-id/longest-id-has-the-size-that-is-said",
                        test_longest_id_has_the_size_that_is_said);

        return g_test_run();
}
