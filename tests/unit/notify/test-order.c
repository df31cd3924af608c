/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "notify/order.h"

static void test_what_is_written_can_be_read(void) {
        for (OrderKind kind = 0; kind < _ORDER_KIND_MAX; kind++) {
                g_autofree char *text = order_write(kind, "mail\n\nhook\n");
                const char *content;
                OrderKind read;

                g_assert_cmpint(order_read(text, &read, &content), ==, 0);
                g_assert_cmpint(read, ==, kind);
                g_assert_cmpstr(content, ==, "mail\n\nhook\n");
        }
}

static void test_anything_else_is_refused(void) {
        static const char *const cases[] = {
                "", "mail", "mail \n", "Mail\n", "hooks\n", "\nmail\n"
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const char *content;
                OrderKind kind;

                g_assert_cmpint(order_read(cases[i], &kind, &content), ==, -EINVAL);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/notify/order/round-trip", test_what_is_written_can_be_read);
        g_test_add_func("/notify/order/refused", test_anything_else_is_refused);

        return g_test_run();
}
