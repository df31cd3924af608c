/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "imported.h"

#define REDIRECTED                                                                                 \
        "\"PortVerdicts\":{\"25\":\"redirect\",\"465\":\"redirect\",\"587\":\"redirect\"}"

static void test_tweak_settings_become_policy_and_limits(void) {
        assert_imported(import_cpanel,
                        "#### comment\nsmtpmailgidonly=1\nmaxemailsperhour=200\n"
                        "email_send_limits_defer_cutoff=150\nemail_send_limits_count_mailman=1\n"
                        "email_send_limits_max_defer_fail_percentage=55\n"
                        "email_send_limits_min_defer_fail_to_trigger_protection=7\nnobodyspam=1\n"
                        "skipmailman=0\n",
                        "{\"Enabled\":true,\"MailLimits\":{\"CountMailman\":true,"
                        "\"DeniedMailUsers\":[\"nobody\"],\"FailDeferMinimum\":7,"
                        "\"FailDeferPercent\":55,\"HourlyRecipientsPerDomain\":200,"
                        "\"OverLimitPercent\":150}," REDIRECTED "}",
                        "");
}

static void test_what_is_off_or_unlimited_is_unset(void) {
        static const char *const unlimited[] = { "0", "unlimited", "Unlimited", "", "undef" };

        for (size_t i = 0; i < ELEMENTS_OF(unlimited); i++) {
                CLEANUP(freep)
                char *text = g_strdup_printf(
                                "smtpmailgidonly=0\nmaxemailsperhour=%s\nnobodyspam=0\n"
                                "email_send_limits_defer_cutoff=125\n"
                                "email_send_limits_count_mailman=1\n"
                                "email_send_limits_max_defer_fail_percentage=%s\n"
                                "email_send_limits_min_defer_fail_to_trigger_protection=5\n",
                                unlimited[i],
                                unlimited[i]);

                assert_imported(import_cpanel, text, "{\"Enabled\":false}", "");
        }
}

static void test_what_has_no_equal_or_no_sense_is_said(void) {
        assert_imported(import_cpanel,
                        "maxemailsperhour=-5\nemailsperdaynotify=1000\npopbeforesmtp=1\n"
                        "email_outbound_spam_detect_enable=1\n"
                        "email_outbound_spam_detect_action=hold\nsmtpmailgidonly=2\n",
                        "{}",
                        "smtpmailgidonly=2;maxemailsperhour=-5;emailsperdaynotify=1000;"
                        "email_outbound_spam_detect_action=hold;popbeforesmtp=1;");
}

static void test_another_file_is_refused(void) {
        assert_is_none(import_cpanel, "SMTP_BLOCK = \"1\"\n", "no cpanel.config");
}

static void test_domains_of_maxemails_become_subjects(void) {
        CLEANUP(import_done) Import import = {};
        CLEANUP(freep) char *dump = NULL;
        char text[] = "# one each\nExample.com=500\r\nfree.example=0\nfree2.example=unlimited\n"
                      "bad domain=5\nbig.example=99999999999\n*=7\n";

        import_init(&import);
        import_max_emails(&import, text, sizeof(text) - 1);
        dump = imported_dump(import.subjects);
        g_assert_cmpstr(dump, ==, "{\"domain:example.com\":{\"HourlyRecipients\":500}}");
        assert_remarks(&import, "bad domain=5;big.example=99999999999;*=7;");
}

static void test_an_account_limits_all_of_its_domains_but_those_with_their_own(void) {
        CLEANUP(import_done) Import import = {};
        CLEANUP(json_decrefp) json_t *users = NULL;
        CLEANUP(freep) char *dump = NULL;
        char domains[] = "a.example: alice\nb.example: alice\nc.example: bob\n*: nobody\n"
                         "no colon\n: alice\nd.example:\n";
        char account[] = "MAX_EMAIL_PER_HOUR-b.example=30\nMAX_EMAIL_PER_HOUR=20\n"
                         "MAX_DEFER_FAIL_PERCENTAGE=50\nMAX_DEFER_FAIL_PERCENTAGE-a=unlimited\n"
                         "DNS=a.example\n";

        import_init(&import);
        users = import_user_domains(domains, sizeof(domains) - 1);
        import_account(&import, account, sizeof(account) - 1, json_object_get(users, "alice"));

        dump = imported_dump(import.subjects);
        g_assert_cmpstr(dump,
                        ==,
                        "{\"domain:a.example\":{\"HourlyRecipients\":20},"
                        "\"domain:b.example\":{\"HourlyRecipients\":30}}");
        assert_remarks(&import, "MAX_DEFER_FAIL_PERCENTAGE=50;");
        g_assert_cmpuint(json_object_size(users), ==, 2);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define TEST(name) g_test_add_func("/import/cpanel/" #name, test_##name)
        TEST(tweak_settings_become_policy_and_limits);
        TEST(what_is_off_or_unlimited_is_unset);
        TEST(what_has_no_equal_or_no_sense_is_said);
        TEST(another_file_is_refused);
        TEST(domains_of_maxemails_become_subjects);
        TEST(an_account_limits_all_of_its_domains_but_those_with_their_own);

        return g_test_run();
}
