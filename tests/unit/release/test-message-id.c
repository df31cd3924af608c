/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "release/message-id.h"

static void test_both_forms_are_valid(void) {
        g_assert_true(message_id_is_valid("1wMf2h-0003Qw-AB"));
        g_assert_true(message_id_is_valid("1wMf2h-00000003QwX-1ABc"));
        g_assert_true(message_id_is_valid("000000-zzzzzz-ZZ"));
}

static void test_anything_else_is_not(void) {
        static const char *const names[] = {
                "",
                "-",
                "--",
                "-Mrm",
                ".1wMf2h-0003Qw-AB",
                "-wMf2h-0003Qw-AB",
                "1wMf2h-0003Qw-A",
                "1wMf2h-0003Qw-ABC",
                "1wMf2h-0003Qw-AB ",
                "1wMf2h-0003Qw-AB\n",
                "1wMf2h-0003Qw-AB-H",
                "1wMf2h-0003Qw_AB",
                "1wMf2h 0003Qw-AB",
                "1wMf2-0003Qw-AB",
                "1wMf2hX-0003Qw-AB",
                "1wMf2h-0003Qw-1ABc",
                "1wMf2h-00000003QwX-AB",
                "1wMf2h-0000003QwX-1ABc",
                "1wMf2h-00000003QwX-1AB/",
                "1wMf2h--00000003QwX-1ABc",
                "1wMf2\xc3\xa4-0003Qw-AB",
        };

        for (size_t i = 0; i < ELEMENTS_OF(names); i++) {
                g_test_message("%s", names[i]);
                g_assert_false(message_id_is_valid(names[i]));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/message-id/both-forms-are-valid", test_both_forms_are_valid);
        g_test_add_func("/message-id/anything-else-is-not", test_anything_else_is_not);
        return g_test_run();
}
