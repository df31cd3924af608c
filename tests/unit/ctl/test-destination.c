/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "ctl/destination.h"

static void assert_parsed(const char *text, const char *host, uint16_t port) {
        Destination destination;

        g_assert_cmpint(destination_parse(text, &destination), ==, 0);
        g_assert_cmpstr(destination.host, ==, host);
        g_assert_cmpuint(destination.port, ==, port);
}

static void test_host_and_port_are_found(void) {
        assert_parsed("smtp.example.com:587", "smtp.example.com", 587);
        assert_parsed("192.0.2.1:25", "192.0.2.1", 25);
        assert_parsed("[2001:db8::1]:465", "2001:db8::1", 465);
        assert_parsed("a:65535", "a", 65535);
}

static void test_everything_else_is_refused(void) {
        static const char *const wrong[] = {
                "",     ":25",     "host",   "host:",   "host:0",         "host:65536",
                "[]:1", "[::1:25", "]:25",   "[:25",    "2001:db8::1:25", "host:smtp",
                ":",    "[::1]25", "::1]:1", "host:-1",
        };
        Destination destination;
        g_autofree char *name = g_strnfill(DESTINATION_HOST_SIZE, 'a');
        g_autofree char *longest = g_strdup_printf("%s:25", name);

        for (size_t i = 0; i < ELEMENTS_OF(wrong); i++)
                g_assert_cmpint(destination_parse(wrong[i], &destination), ==, -EINVAL);
        g_assert_cmpint(destination_parse(longest, &destination), ==, -EINVAL);
        g_assert_cmpint(destination_parse(longest + 1, &destination), ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/destination/host-and-port-are-found", test_host_and_port_are_found);
        g_test_add_func("/destination/everything-else-is-refused", test_everything_else_is_refused);
        return g_test_run();
}
