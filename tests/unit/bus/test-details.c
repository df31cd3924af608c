/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "bus/details.h"
#include "util/text.h"

static const char *detail(const StringList *details, const char *key) {
        for (size_t i = 0; i + 1 < details->count; i += 2)
                if (string_equal(details->items[i], key))
                        return details->items[i + 1];

        return NULL;
}

static JobRequest request_new(const char *method) {
        JobRequest request = { .kind = JOB_CHANGE, .action = method };

        policy_change_init(&request.change);
        return request;
}

static void test_values_stand_by_their_keys(void) {
        CLEANUP(job_request_done) JobRequest request = request_new("SetPolicy");
        CLEANUP(string_list_done) StringList details = {};
        PolicyChange *change = &request.change;

        change->named[POLICY_KEY_PORT_VERDICTS] = true;
        change->named[POLICY_KEY_OBSERVE] = true;
        change->named[POLICY_KEY_ALLOWED_USERS] = true;
        change->named[POLICY_KEY_MAIL_LIMITS] = true;
        g_assert_cmpint(string_list_append(&change->values.allowed_users, "adam"), ==, 0);
        g_assert_cmpint(string_list_append(&change->values.allowed_users, "eve"), ==, 0);
        g_assert_cmpint(mail_limits_set(&change->values.mail_limits,
                                        MAIL_LIMIT_SMTP_ACCEPT_MAX,
                                        50,
                                        NULL),
                        ==,
                        0);

        g_assert_cmpint(details_append_job(&details, &request), ==, 0);
        g_assert_cmpstr(detail(&details, "method"), ==, "SetPolicy");
        g_assert_cmpstr(detail(&details, "PortVerdicts"),
                        ==,
                        "25 redirect, 465 reject, 587 reject");
        g_assert_cmpstr(detail(&details, "Observe"), ==, "false");
        g_assert_cmpstr(detail(&details, "AllowedUsers"), ==, "adam, eve");
        g_assert_cmpstr(detail(&details, "SmtpAcceptMax"), ==, "50");
        g_assert_null(detail(&details, "Contact"));
        g_assert_cmpstr(detail(&details, "keys"),
                        ==,
                        "PortVerdicts, Observe, AllowedUsers, MailLimits.SmtpAcceptMax");
}

static void test_a_long_list_is_a_number(void) {
        CLEANUP(job_request_done) JobRequest request = request_new("SetPolicy");
        CLEANUP(string_list_done) StringList details = {};

        request.change.named[POLICY_KEY_ALLOWED_USERS] = true;
        for (unsigned i = 0; i < 500; i++)
                g_assert_cmpint(string_list_append(&request.change.values.allowed_users, "user"),
                                ==,
                                0);

        g_assert_cmpint(details_append_job(&details, &request), ==, 0);
        g_assert_cmpstr(detail(&details, "AllowedUsers"), ==, "500 entries");
}

static void test_replacing_changes_all_keys(void) {
        CLEANUP(job_request_done) JobRequest request = request_new("ReplacePolicy");
        CLEANUP(string_list_done) StringList details = {};

        request.change.replace = true;
        request.change.named[POLICY_KEY_OBSERVE] = true;
        request.dry_run = true;

        g_assert_cmpint(details_append_job(&details, &request), ==, 0);
        g_assert_cmpstr(detail(&details, "keys"), ==, "all");
        g_assert_cmpstr(detail(&details, "dry-run"), ==, "true");
}

static void test_a_limit_given_back_is_unset(void) {
        CLEANUP(job_request_done) JobRequest request = request_new("ResetMailLimits");
        CLEANUP(string_list_done) StringList details = {};

        request.change.reset[MAIL_LIMIT_RECIPIENTS_MAX] = true;

        g_assert_cmpint(details_append_job(&details, &request), ==, 0);
        g_assert_cmpstr(detail(&details, "RecipientsMax"), ==, "unset");
        g_assert_cmpstr(detail(&details, "keys"), ==, "MailLimits.RecipientsMax");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/bus/details/values", test_values_stand_by_their_keys);
        g_test_add_func("/bus/details/long", test_a_long_list_is_a_number);
        g_test_add_func("/bus/details/replace", test_replacing_changes_all_keys);
        g_test_add_func("/bus/details/reset", test_a_limit_given_back_is_unset);

        return g_test_run();
}
