/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/conflict-text.h"

static void test_csf_is_seen_when_it_blocks(void) {
        g_assert_true(conflict_text_has_csf("TESTING = \"0\"\nSMTP_BLOCK = \"1\"\n"));
        g_assert_false(conflict_text_has_csf("SMTP_BLOCK = \"0\"\n"));
        g_assert_false(conflict_text_has_csf("#SMTP_BLOCK = \"1\"\n"));
        g_assert_false(conflict_text_has_csf("SMTP_BLOCKED = \"1\"\nSMTP_BLOCK = \"10\"\n"));
        g_assert_false(conflict_text_has_csf("SMTP_BLOCK"));
}

static void test_the_last_line_counts(void) {
        g_assert_false(conflict_text_has_csf("SMTP_BLOCK = \"1\"\r\nSMTP_BLOCK = \"0\"\r\n"));
        g_assert_true(conflict_text_has_csf("SMTP_BLOCK=0\nSMTP_BLOCK=1"));
}

static void test_imunify_is_seen_when_it_blocks(void) {
        g_assert_true(conflict_text_has_imunify(
                        "SMTP_BLOCKING:\n  allow_groups:\n  - mail\n  enable: true\n"));
        g_assert_true(conflict_text_has_imunify("SMTP_BLOCKING:\n  enable: Yes\n"));
        g_assert_true(conflict_text_has_imunify("SMTP_BLOCKING:\n  enable: y\n"));
        g_assert_false(conflict_text_has_imunify("SMTP_BLOCKING:\n  enable: yonder\n"));
        g_assert_false(conflict_text_has_imunify("SMTP_BLOCKING:\n  enable: false\n"));
        g_assert_false(conflict_text_has_imunify(
                        "SMTP_BLOCKING:\n  ports: []\nWEBSHIELD:\n  enable: true\n"));
        g_assert_false(conflict_text_has_imunify("WEBSHIELD:\n  enable: true\nSMTP_BLOCKING:\n"));
}

static void test_rules_by_owner_are_seen(void) {
        g_assert_true(conflict_text_has_iptables(
                        "*filter\n-A OUTPUT -p tcp -m multiport --dports 25,465,587 -m owner "
                        "--uid-owner 0 -j ACCEPT\n"));
        g_assert_true(conflict_text_has_iptables(
                        "-A SMTPOUT -p tcp -m tcp --dport 587 -m owner --gid-owner 12 -j ACCEPT"));
}

static void test_other_rules_are_none(void) {
        g_assert_false(conflict_text_has_iptables("-A OUTPUT -p tcp --dport 25 -j REJECT\n"));
        g_assert_false(conflict_text_has_iptables(
                        "-A OUTPUT -p tcp --dport 2525 -m owner --uid-owner 5 -j DROP\n"));
        g_assert_false(conflict_text_has_iptables("# --dport 25 --uid-owner 0\n"));
        g_assert_false(conflict_text_has_iptables("-A OUTPUT -m owner --uid-owner 25 --dport "));
}

static void test_a_line_that_is_too_long_is_cut(void) {
        g_autofree char *line = g_strnfill(100000, 'x');
        g_autofree char *text = g_strdup_printf("%s\nSMTP_BLOCK = \"1\"\n", line);

        g_assert_true(conflict_text_has_csf(text));
        g_assert_false(conflict_text_has_csf(line));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/conflict-text/csf-is-seen-when-it-blocks",
                        test_csf_is_seen_when_it_blocks);
        g_test_add_func("/conflict-text/the-last-line-counts", test_the_last_line_counts);
        g_test_add_func("/conflict-text/imunify-is-seen-when-it-blocks",
                        test_imunify_is_seen_when_it_blocks);
        g_test_add_func("/conflict-text/rules-by-owner-are-seen", test_rules_by_owner_are_seen);
        g_test_add_func("/conflict-text/other-rules-are-none", test_other_rules_are_none);
        g_test_add_func("/conflict-text/a-line-that-is-too-long-is-cut",
                        test_a_line_that_is_too_long_is_cut);
        return g_test_run();
}
