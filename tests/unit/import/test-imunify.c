/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "imported.h"

#define REJECTED "\"PortVerdicts\":{\"25\":\"reject\",\"465\":\"reject\",\"587\":\"reject\"}"

static void test_the_section_as_the_program_writes_it(void) {
        assert_imported(import_imunify,
                        "FIREWALL:\n  port_blocking_mode: ALLOW\n  enable: false\n"
                        "SMTP_BLOCKING:\n  allow_groups:\n  - mail\n  - mailacc\n"
                        "  allow_local: true\n  allow_users: []\n  enable: true\n  ports:\n"
                        "  - 25\n  - 587\n  - 465\n  redirect: false\n"
                        "WEBSHIELD:\n  enable: false\n  ports:\n  - 80\n",
                        "{\"AllowedGroups\":[\"mail\",\"mailacc\"],\"Enabled\":true," REJECTED "}",
                        "allow_groups=mail,mailacc;");
}

static void test_lists_may_stand_in_one_line(void) {
        assert_imported(import_imunify,
                        "SMTP_BLOCKING: # ours\n  enable: True\n  ports: [25, '465', \"587\"]\n"
                        "  allow_users: alice,202\n  redirect: False\n  allow_local: true\n",
                        "{\"AllowedUsers\":[\"alice\",\"202\"],\"Enabled\":true," REJECTED "}",
                        "");
}

static void test_redirect_is_one_of_each_port(void) {
        assert_imported(import_imunify,
                        "SMTP_BLOCKING:\n redirect: true\n ports:\n - 25\n enable: true\n",
                        "{\"Enabled\":true,\"PortVerdicts\":{\"25\":\"redirect\"}}",
                        "allow_local=false;");
}

static void test_what_is_not_plain_is_said_and_left_out(void) {
        assert_imported(import_imunify,
                        "SMTP_BLOCKING:\n  enable: false\n  allow_users: &who\n  - *who\n"
                        "  - ok # fine\n  - {a: b}\n  allow_groups: |\n    text\n  ports: [[25]]\n",
                        "{\"AllowedUsers\":[\"ok\"],\"Enabled\":false}",
                        "allow_users=&who;allow_users=*who;allow_users={a: b};allow_groups=|;"
                        "ports=[25];");
}

static void test_other_forms_and_files_are_refused(void) {
        assert_is_none(import_imunify, "", "no section SMTP_BLOCKING");
        assert_is_none(import_imunify, "x:\n  SMTP_BLOCKING:\n    enable: true\n", "no section");
        assert_is_none(import_imunify, "\nSMTP_BLOCKING: {enable: true}\n", "line 2");
}

static void test_items_of_no_list_are_passed_over(void) {
        assert_imported(import_imunify,
                        "- a\nSMTP_BLOCKING:\n- b\n  - c\n  enable: false\r\n  unknown:\n  - d\n",
                        "{\"Enabled\":false}",
                        "");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define TEST(name) g_test_add_func("/import/imunify/" #name, test_##name)
        TEST(the_section_as_the_program_writes_it);
        TEST(lists_may_stand_in_one_line);
        TEST(redirect_is_one_of_each_port);
        TEST(what_is_not_plain_is_said_and_left_out);
        TEST(other_forms_and_files_are_refused);
        TEST(items_of_no_list_are_passed_over);

        return g_test_run();
}
