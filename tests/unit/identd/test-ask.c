/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>

#include "identd/ask.h"

static int parse(const char *line, TcpConnection *ret) {
        return ask_parse(line, strlen(line), ret);
}

static void assert_address(sa_family_t family, const struct in6_addr *address, const char *wanted) {
        char text[INET6_ADDRSTRLEN] = "";

        g_assert_nonnull(inet_ntop(family, address, text, sizeof(text)));
        g_assert_cmpstr(text, ==, wanted);
}

static void test_v4_is_read(void) {
        TcpConnection connection;

        g_assert_cmpint(parse("203.0.113.1 38080 127.0.0.1 25", &connection), ==, 0);
        g_assert_cmpint(connection.family, ==, AF_INET);
        assert_address(AF_INET, &connection.source, "203.0.113.1");
        assert_address(AF_INET, &connection.destination, "127.0.0.1");
        g_assert_cmpuint(connection.source_port, ==, 38080);
        g_assert_cmpuint(connection.destination_port, ==, 25);
}

static void test_v6_is_read(void) {
        TcpConnection connection;

        g_assert_cmpint(parse("2001:db8::1 1 ::1 65535", &connection), ==, 0);
        g_assert_cmpint(connection.family, ==, AF_INET6);
        assert_address(AF_INET6, &connection.source, "2001:db8::1");
        assert_address(AF_INET6, &connection.destination, "::1");
}

static void test_mapped_address_is_v4(void) {
        TcpConnection mapped, plain;

        g_assert_cmpint(parse("::ffff:127.0.0.1 40000 127.0.0.1 25", &mapped), ==, 0);
        g_assert_cmpint(parse("127.0.0.1 40000 127.0.0.1 25", &plain), ==, 0);
        g_assert_true(tcp_connection_equal(&mapped, &plain));
}

static void test_longest_question_is_read(void) {
        const char *line = "2001:0db8:0000:0000:0000:0000:0000:0001 65535 "
                           "2001:0db8:0000:0000:0000:0000:0000:0002 65535";
        TcpConnection connection;

        g_assert_cmpuint(strlen(line), <, ASK_LINE_MAX);
        g_assert_cmpint(parse(line, &connection), ==, 0);
}

static void test_what_is_no_question_is_refused(void) {
        static const char *const lines[] = {
                "",
                " ",
                "127.0.0.1",
                "127.0.0.1 40000 127.0.0.1",
                "127.0.0.1 40000 127.0.0.1 ",
                "127.0.0.1 40000 127.0.0.1 25 ",
                "127.0.0.1 40000 127.0.0.1 25 25",
                " 127.0.0.1 40000 127.0.0.1 25",
                "127.0.0.1  40000 127.0.0.1 25",
                "127.0.0.1\t40000 127.0.0.1 25",
                "127.0.0.1 40000 127.0.0.1 25\r",
                "127.0.0.1 0 127.0.0.1 25",
                "127.0.0.1 65536 127.0.0.1 25",
                "127.0.0.1 -1 127.0.0.1 25",
                "127.0.0.1 +25 127.0.0.1 25",
                "127.0.0.1 0x19 127.0.0.1 25",
                "127.1 40000 127.0.0.1 25",
                "localhost 40000 127.0.0.1 25",
                "127.0.0.1 40000 ::1 25",
                "::1%lo 40000 ::1 25",
                "[::1] 40000 ::1 25",
        };
        TcpConnection connection;

        for (size_t i = 0; i < ELEMENTS_OF(lines); i++) {
                g_test_message("%s", lines[i]);
                g_assert_cmpint(parse(lines[i], &connection), ==, -EINVAL);
        }
}

static void test_nul_inside_is_refused(void) {
        static const char line[] = "127.0.0.1 40000 127.0.0.1 25\0 more";
        TcpConnection connection;

        g_assert_cmpint(ask_parse(line, sizeof(line) - 1, &connection), ==, -EINVAL);
}

static void test_too_long_is_refused(void) {
        g_autofree char *line = g_strnfill(100000, '1');
        TcpConnection connection;

        g_assert_cmpint(parse(line, &connection), ==, -EINVAL);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/ask/v4-is-read", test_v4_is_read);
        g_test_add_func("/ask/v6-is-read", test_v6_is_read);
        g_test_add_func("/ask/mapped-address-is-v4", test_mapped_address_is_v4);
        g_test_add_func("/ask/longest-question-is-read", test_longest_question_is_read);
        g_test_add_func("/ask/what-is-no-question-is-refused", test_what_is_no_question_is_refused);
        g_test_add_func("/ask/nul-inside-is-refused", test_nul_inside_is_refused);
        g_test_add_func("/ask/too-long-is-refused", test_too_long_is_refused);
        return g_test_run();
}
