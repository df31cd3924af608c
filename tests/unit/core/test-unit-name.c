/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/unit-name.h"

static void test_services_and_sockets_may_listen(void) {
        g_assert_true(unit_name_is_of_service("cron.service"));
        g_assert_true(unit_name_is_of_service("smtp@1.socket"));
        g_assert_false(unit_name_is_of_service("session-4.scope"));
        g_assert_false(unit_name_is_of_service("service"));
        g_assert_false(unit_name_is_of_service("a.service.d"));
}

static void test_mail_servers_are_known_by_their_units(void) {
        g_assert_true(unit_name_is_of_mta("exim4.service"));
        g_assert_true(unit_name_is_of_mta("postfix@-.service"));
        g_assert_false(unit_name_is_of_mta("exim4-base.timer"));
        g_assert_false(unit_name_is_of_mta("exim4.timer"));
        g_assert_false(unit_name_is_of_mta("exim4-x.service"));
        g_assert_false(unit_name_is_of_mta("exi.service"));
        g_assert_false(unit_name_is_of_mta(".service"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/unit-name/services-and-sockets-may-listen",
                        test_services_and_sockets_may_listen);
        g_test_add_func("/unit-name/mail-servers-are-known-by-their-units",
                        test_mail_servers_are_known_by_their_units);
        return g_test_run();
}
