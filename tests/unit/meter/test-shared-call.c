/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "meter/shared-call.h"

static void test_call_names_all_with_their_sizes(void) {
        static const char expected[] =
                        "\r\n$1\r\n1\r\n"
                        "$36\r\nsmtp-restrictions:hosts:mailbox:a\r\nb\r\n"
                        "$4\r\nhost\r\n$1\r\n7\r\n$3\r\nask\r\n"
                        "$0\r\n\r\n$1\r\nx\r\n$2\r\n10\r\n$1\r\n0\r\n$10\r\n5 3,0 -12,\r\n";
        CLEANUP(text_done) Text text = {};
        SharedPart part = {
                .kind = SUBJECT_MAILBOX, .name = "a\r\nb", .next = "x", .limits = { 10, 0 }
        };

        shared_event_write(&part.events, 5, 3);
        shared_event_write(&part.events, -1, -12);
        shared_call_write(&text, "host", SHARED_ASK, 7, &part, 1, false);
        text_done(&part.events);

        g_assert_true(g_str_has_prefix(text.data, "*12\r\n$7\r\nEVALSHA\r\n$40\r\n"));
        g_assert_true(g_str_has_suffix(text.data, expected));
}

static void test_script_goes_along_where_it_is_not_known(void) {
        CLEANUP(text_done) Text text = {};

        shared_call_write(&text, "host", SHARED_LOOK, 0, NULL, 0, true);
        g_assert_true(g_str_has_prefix(text.data, "*6\r\n$4\r\nEVAL\r\n"));
        g_assert_nonnull(strstr(text.data, "redis.call('TIME')"));
}

static void test_answers_are_read(void) {
        SharedReply reply;

        g_assert_cmpint(shared_reply_read("+reserved 1 2 3 4", 2, &reply), ==, 0);
        g_assert_cmpint(reply.kind, ==, SHARED_RESERVED);
        g_assert_cmpuint(reply.used[0][WINDOW_HOUR], ==, 1);
        g_assert_cmpuint(reply.used[0][WINDOW_DAY], ==, 2);
        g_assert_cmpuint(reply.used[1][WINDOW_DAY], ==, 4);

        g_assert_cmpint(shared_reply_read("+over", 0, &reply), ==, 0);
        g_assert_cmpint(reply.kind, ==, SHARED_OVER);
        g_assert_cmpint(shared_reply_read("+again", 2, &reply), ==, 0);
        g_assert_cmpint(reply.kind, ==, SHARED_AGAIN);
        g_assert_cmpint(shared_reply_read("-NOSCRIPT No matching script.", 2, &reply), ==, 0);
        g_assert_cmpint(reply.kind, ==, SHARED_NO_SCRIPT);
}

static void test_anything_else_is_no_answer(void) {
        static const char *const lines[] = {
                "",
                "+",
                "+over",
                "+over 1",
                "+over 1 2 3",
                "+over 1 2 ",
                "+over 1  2",
                "+over 1 -2",
                "+over 1 x",
                "+reserved1 2",
                ":1",
                "$-1",
                "-ERR no",
                "+again ",
                "+overt 1 2",
                "+over 1 99999999999999999999",
                "*2",
                "+over 1 9999999999999999999999999999999",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
                SharedReply reply;

                g_assert_cmpint(shared_reply_read(lines[i], 1, &reply), ==, -EBADMSG);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/shared-call/sizes", test_call_names_all_with_their_sizes);
        g_test_add_func("/shared-call/script", test_script_goes_along_where_it_is_not_known);
        g_test_add_func("/shared-call/answers", test_answers_are_read);
        g_test_add_func("/shared-call/no-answers", test_anything_else_is_no_answer);

        return g_test_run();
}
