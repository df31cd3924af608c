/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "imported.h"

static void test_block_becomes_rejected_ports_and_who_may(void) {
        assert_imported(import_csf,
                        "# comment\nTESTING = \"0\"\nSMTP_BLOCK = \"1\"\nSMTP_ALLOWLOCAL = \"1\"\n"
                        "SMTP_REDIRECT = \"0\"\nSMTP_PORTS = \"25,465, 587\"\n"
                        "SMTP_ALLOWUSER = \"cpanel,alice\"\nSMTP_ALLOWGROUP = \"mail,mailman\"\n",
                        "{\"AllowedGroups\":[\"mail\",\"mailman\"],"
                        "\"AllowedUsers\":[\"cpanel\",\"alice\"],\"Enabled\":true,"
                        "\"PortVerdicts\":{\"25\":\"reject\",\"465\":\"reject\",\"587\":\"reject\"}"
                        "}",
                        "");
}

static void test_redirect_is_one_of_each_port(void) {
        assert_imported(import_csf,
                        "SMTP_BLOCK = \"1\"\nSMTP_REDIRECT = \"1\"\nSMTP_PORTS = \"25,2525\"\n",
                        "{\"Enabled\":true,"
                        "\"PortVerdicts\":{\"25\":\"redirect\",\"2525\":\"redirect\"}}",
                        "");
}

static void test_what_was_off_is_off_and_differs_in_nothing(void) {
        assert_imported(import_csf,
                        "SMTP_BLOCK = \"0\"\nSMTP_ALLOWLOCAL = \"0\"\nIPV6 = \"0\"\n"
                        "SMTP_ALLOWUSER = \"\"\n",
                        "{\"Enabled\":false}",
                        "");
}

static void test_what_has_no_equal_is_said(void) {
        assert_imported(import_csf,
                        "SMTP_BLOCK = \"1\"\nSMTP_ALLOWLOCAL = \"0\"\nIPV6 = \"0\"\n"
                        "DROP_OUT = \"DROP\"\nSMTPAUTH_RESTRICT = \"1\"\n",
                        "{\"Enabled\":true}",
                        "SMTP_ALLOWLOCAL=0;IPV6=0;DROP_OUT=DROP;SMTPAUTH_RESTRICT=1;");
}

static void test_the_last_of_two_lines_counts(void) {
        assert_imported(import_csf,
                        "SMTP_BLOCK = \"1\"\nSMTP_BLOCK = \"0\"\n",
                        "{\"Enabled\":false}",
                        "");
}

static void test_windows_lines_and_open_quotes_are_read(void) {
        assert_imported(import_csf,
                        "SMTP_BLOCK = \"1\"\r\nSMTP_PORTS = \"25\r\nSMTP_ALLOWUSER=bob\r\n",
                        "{\"AllowedUsers\":[\"bob\"],\"Enabled\":true,"
                        "\"PortVerdicts\":{\"25\":\"reject\"}}",
                        "");
}

static void test_wrong_values_are_left_out_and_said(void) {
        assert_imported(import_csf,
                        "SMTP_BLOCK = \"maybe\"\nSMTP_PORTS = \"25,x,0,70000,1:9\"\n"
                        "SMTP_ALLOWUSER = \"a\xff,ok\"\n",
                        "{\"AllowedUsers\":[\"ok\"],\"PortVerdicts\":{\"25\":\"reject\"}}",
                        "SMTP_BLOCK=maybe;SMTP_PORTS=x;SMTP_PORTS=0;SMTP_PORTS=70000;"
                        "SMTP_PORTS=1:9;SMTP_ALLOWUSER=a\\xff;");
}

static void test_another_file_is_refused(void) {
        assert_is_none(import_csf, "", "no csf.conf");
        assert_is_none(import_csf, "# SMTP_BLOCK = \"1\"\nTCP_IN = \"22\"\n", "no csf.conf");
}

static void test_a_long_line_and_a_nul_are_no_danger(void) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(import_done) Import import = {};

        text_append(&text, "SMTP\0BLOCK = \"9\"\nSMTP_ALLOWUSER = \"", 35);
        for (int i = 0; i < 100000; i++)
                text_append_string(&text, "x");
        text_append_string(&text, "\"\nSMTP_BLOCK = \"1\"");
        g_assert_false(text.failed);

        import_init(&import);
        g_assert_cmpint(import_csf(&import, text.data, text.size, NULL), ==, 0);
        assert_policy(&import, "{\"Enabled\":true}");
        g_assert_cmpuint(json_array_size(import.remarks), ==, 1);
}

static void test_remarks_have_an_end(void) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(import_done) Import import = {};

        text_append_string(&text, "SMTP_BLOCK = \"1\"\nSMTP_PORTS = \"");
        for (int i = 0; i < 5 * IMPORT_REMARKS_MAX; i++)
                text_append_string(&text, "x,");
        g_assert_false(text.failed);

        import_init(&import);
        g_assert_cmpint(import_csf(&import, text.data, text.size, NULL), ==, 0);
        g_assert_cmpuint(json_array_size(import.remarks), ==, IMPORT_REMARKS_MAX);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define TEST(name) g_test_add_func("/import/csf/" #name, test_##name)
        TEST(block_becomes_rejected_ports_and_who_may);
        TEST(redirect_is_one_of_each_port);
        TEST(what_was_off_is_off_and_differs_in_nothing);
        TEST(what_has_no_equal_is_said);
        TEST(the_last_of_two_lines_counts);
        TEST(windows_lines_and_open_quotes_are_read);
        TEST(wrong_values_are_left_out_and_said);
        TEST(another_file_is_refused);
        TEST(a_long_line_and_a_nul_are_no_danger);
        TEST(remarks_have_an_end);

        return g_test_run();
}
