/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "dbus/bus-error.h"
#include "smtp-restrictions/smtp-restrictions.h"

static void test_each_cause_has_a_name_of_its_own(void) {
        for (FailureCode a = FAILURE_UNKNOWN_KEY; a < _FAILURE_CODE_MAX; a++) {
                g_assert_nonnull(bus_error_name(a));
                g_assert_true(sd_bus_interface_name_is_valid(bus_error_name(a)) > 0);

                /* the last one, a surprise, has D-Bus's name for that, as nothing else */
                for (FailureCode b = FAILURE_UNKNOWN_KEY; b < a; b++)
                        g_assert_cmpstr(bus_error_name(a), !=, bus_error_name(b));
        }
}

static void test_a_failure_keeps_its_name_and_words(void) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(failure_done) Failure failure = {};

        failure_set(&failure, -EINVAL, FAILURE_NO_EXIM, "SmtpAcceptMax: there is no Exim here");

        g_assert_cmpint(bus_error_set(&error, -EINVAL, &failure), <, 0);
        g_assert_cmpstr(error.name, ==, SMTP_RESTRICTIONS_ERROR_NO_EXIM);
        g_assert_cmpstr(error.message, ==, "SmtpAcceptMax: there is no Exim here");
}

static void test_an_errno_becomes_plain_words(void) {
        static const int numbers[] = { -ENOMEM, -EIO, -EMSGSIZE, -EACCES };

        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
                CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                g_assert_cmpint(bus_error_set(&error, numbers[i], NULL), <, 0);
                g_assert_cmpstr(error.name, ==, SD_BUS_ERROR_FAILED);
                g_assert_null(strstr(error.message, g_strerror(-numbers[i])));
        }
}

static void test_an_empty_failure_is_as_none(void) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        g_assert_cmpint(bus_error_set(&error, -EIO, &(Failure){}), <, 0);
        g_assert_cmpstr(error.name, ==, SD_BUS_ERROR_FAILED);
}

static void test_foreign_bytes_do_not_reach_the_bus(void) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(failure_done) Failure failure = {};

        failure_set(&failure, -EINVAL, FAILURE_EXIM_CONFIG_INVALID, "Exim says: Gr\xfc\xdf%s", "e");

        g_assert_cmpint(bus_error_set(&error, -EINVAL, &failure), <, 0);
        g_assert_cmpstr(error.message, ==, "Exim says: Gr??e");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/dbus/error/names", test_each_cause_has_a_name_of_its_own);
        g_test_add_func("/dbus/error/failure", test_a_failure_keeps_its_name_and_words);
        g_test_add_func("/dbus/error/errno", test_an_errno_becomes_plain_words);
        g_test_add_func("/dbus/error/empty", test_an_empty_failure_is_as_none);
        g_test_add_func("/dbus/error/foreign", test_foreign_bytes_do_not_reach_the_bus);

        return g_test_run();
}
