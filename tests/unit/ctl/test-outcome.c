/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "ctl/outcome.h"
#include "smtp-restrictions/smtp-restrictions.h"

#define ERROR(word) "org.example.SmtpRestrictions.Error." word

static void test_no_right_is_four(void) {
        g_assert_cmpint(outcome_from_error("org.freedesktop.DBus.Error.AccessDenied"), ==, 4);
        g_assert_cmpint(outcome_from_error("org.freedesktop.DBus.Error."
                                           "InteractiveAuthorizationRequired"),
                        ==,
                        4);
}

static void test_refused_before_anything_was_tried_is_five(void) {
        static const char *const names[] = {
                ERROR("UnknownKey"),
                ERROR("InvalidValue"),
                ERROR("UnknownName"),
                ERROR("NotFound"),
                ERROR("Busy"),
                ERROR("Changed"),
                ERROR("NoExim"),
                ERROR("PolicyFileChanged"),
                ERROR("RedirectNeedsMta"),
                ERROR("MeterUnavailable"),
                ERROR("NoTrial"),
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_assert_cmpint(outcome_from_error(names[i]), ==, 5);
}

static void test_failed_and_taken_back_is_six(void) {
        static const char *const names[] = {
                ERROR("FirewallFailed"),     ERROR("StorageFailed"),
                ERROR("EximConfigInvalid"),  ERROR("EximConfigUnsupported"),
                ERROR("EximBlockedByMacro"), ERROR("EximReloadFailed"),
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_assert_cmpint(outcome_from_error(names[i]), ==, 6);
}

static void test_failed_way_back_is_seven(void) {
        g_assert_cmpint(outcome_from_error(ERROR("RollbackFailed")), ==, 7);
}

static void test_everything_else_is_one(void) {
        g_assert_cmpint(outcome_from_error("org.freedesktop.DBus.Error.ServiceUnknown"), ==, 1);
        g_assert_cmpint(outcome_from_error("com.example.Surprise"), ==, 1);
        g_assert_cmpint(outcome_from_error(NULL), ==, 1);
}

static void test_missing_service_says_what_to_do(void) {
        g_assert_cmpstr(outcome_hint("org.freedesktop.DBus.Error.ServiceUnknown"),
                        ==,
                        "is the package smtp-restrictions installed?");
        g_assert_cmpstr(outcome_hint("org.freedesktop.systemd1.UnitMasked"),
                        ==,
                        "try 'systemctl unmask smtp-restrictions.service'");
        g_assert_cmpstr(outcome_hint("org.freedesktop.DBus.Error.Spawn.ChildExited"),
                        ==,
                        "see 'systemctl status smtp-restrictions.service'");
}

static void test_own_errors_speak_for_themselves(void) {
        g_assert_null(outcome_hint(SMTP_RESTRICTIONS_ERROR_INVALID_VALUE));
        g_assert_null(outcome_hint("com.example.Surprise"));
        g_assert_null(outcome_hint(NULL));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ctl/outcome/no-right-is-four", test_no_right_is_four);
        g_test_add_func("/ctl/outcome/refused-before-anything-was-tried-is-five",
                        test_refused_before_anything_was_tried_is_five);
        g_test_add_func("/ctl/outcome/failed-and-taken-back-is-six",
                        test_failed_and_taken_back_is_six);
        g_test_add_func("/ctl/outcome/failed-way-back-is-seven", test_failed_way_back_is_seven);
        g_test_add_func("/ctl/outcome/everything-else-is-one", test_everything_else_is_one);
        g_test_add_func("/ctl/outcome/missing-service-says-what-to-do",
                        test_missing_service_says_what_to_do);
        g_test_add_func("/ctl/outcome/own-errors-speak-for-themselves",
                        test_own_errors_speak_for_themselves);

        return g_test_run();
}
