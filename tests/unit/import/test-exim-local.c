/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "imported.h"

static int read_exim(Import *import, char *text, size_t size, Failure *reterr) {
        (void) reterr;
        import_exim_local(import, text, size);
        return 0;
}

static void test_limits_are_read_where_main_options_stand(void) {
        assert_imported(read_exim,
                        "@AUTH@\nsmtp_accept_max = 1\n\n@CONFIG@\nsmtp_accept_max = 100\n"
                        "  recipients_max=50\nmessage_size_limit = 50M\nlog_selector = +all\n"
                        "smtp_reserve_hosts = 192.0.2.1 : 198.51.100.0/24\n@BEGINACL@\n"
                        "smtp_accept_queue = 3\n",
                        "{\"MailLimits\":{\"MessageSizeLimit\":52428800,\"RecipientsMax\":50,"
                        "\"SmtpAcceptMax\":100,"
                        "\"SmtpReserveHosts\":[\"192.0.2.1\",\"198.51.100.0/24\"]}}",
                        "");
}

static void test_zero_is_no_limit(void) {
        assert_imported(read_exim,
                        "@CONFIG@\nsmtp_accept_max = 0\nsmtp_accept_max_per_host = 0\n"
                        "recipients_max = 0\nmessage_size_limit = 0\n",
                        "{\"MailLimits\":{\"SmtpAcceptMax\":0}}",
                        "");
}

static void test_what_exim_would_expand_is_said_and_left_out(void) {
        assert_imported(read_exim,
                        "@CONFIG@\nmessage_size_limit = ${if eq{a}{b}{1M}{2M}}\n"
                        "smtp_accept_max = 0100\nsmtp_accept_queue = 200000\n"
                        "recipients_max = 99999999999999999999K\nsmtp_accept_reserve = M\n"
                        "smtp_reserve_hosts = +trusted : 192.0.2.1\n",
                        "{\"MailLimits\":{\"SmtpReserveHosts\":[\"192.0.2.1\"]}}",
                        "message_size_limit=${if eq{a}{b}{1M}{2M}};smtp_accept_max=0100;"
                        "smtp_accept_queue=200000;recipients_max=99999999999999999999K;"
                        "smtp_accept_reserve=M;smtp_reserve_hosts=+trusted;");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define TEST(name) g_test_add_func("/import/exim-local/" #name, test_##name)
        TEST(limits_are_read_where_main_options_stand);
        TEST(zero_is_no_limit);
        TEST(what_exim_would_expand_is_said_and_left_out);

        return g_test_run();
}
