/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/codec-write.h"
#include "unit/message.h"

/* a{sv} with one entry, "Changes", as a client would see it. */
static char *dump_change(const PolicyChange *change) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();

        g_assert_cmpint(sd_bus_message_open_container(m, 'a', "{sv}"), >=, 0);
        g_assert_cmpint(codec_append_change_entry(m, "Changes", change), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(m), >=, 0);
        return message_dump(m);
}

static void test_what_is_named_is_shown(void) {
        CLEANUP(policy_change_done) PolicyChange change;
        Policy *values = &change.values;

        policy_change_init(&change);
        for (size_t i = 0; i < _POLICY_KEY_MAX; i++)
                change.named[i] = true;
        values->enabled = true;
        values->contact = strdup("help@example.org");
        g_assert_cmpint(string_list_append(&values->allowed_users, "adam"), ==, 0);
        g_assert_cmpint(string_list_append(&values->allowed_groups, "mailers"), ==, 0);
        g_assert_cmpint(mail_limits_set(&values->mail_limits, MAIL_LIMIT_RECIPIENTS_MAX, 7, NULL),
                        ==,
                        0);

        CLEANUP(freep) char *text = dump_change(&change);

        for (PolicyKey i = 0; i < _POLICY_KEY_MAX; i++)
                message_assert_holds(text, policy_key_to_string(i));
        message_assert_holds(text, "help@example.org");
        message_assert_holds(text, "adam");
        message_assert_holds(text, "mailers");
        message_assert_holds(text, mail_limit_infos[MAIL_LIMIT_RECIPIENTS_MAX].key);
        g_assert_null(strstr(text, "ResetMailLimits"));
}

static void test_what_is_not_named_is_not_shown(void) {
        CLEANUP(policy_change_done) PolicyChange change;

        policy_change_init(&change);
        change.named[POLICY_KEY_OBSERVE] = true;
        change.reset[MAIL_LIMIT_SMTP_ACCEPT_MAX] = true;

        CLEANUP(freep) char *text = dump_change(&change);

        message_assert_holds(text, "Observe");
        message_assert_holds(text, "ResetMailLimits");
        message_assert_holds(text, mail_limit_infos[MAIL_LIMIT_SMTP_ACCEPT_MAX].key);
        g_assert_null(strstr(text, "Contact"));
        g_assert_null(strstr(text, "AllowedUsers"));
}

static void test_of_a_long_list_the_length_is_shown(void) {
        CLEANUP(policy_change_done) PolicyChange change;

        policy_change_init(&change);
        change.named[POLICY_KEY_ALLOWED_USERS] = true;
        for (unsigned i = 0; i < 1001; i++) {
                g_autofree char *name = g_strdup_printf("user%u", i);

                g_assert_cmpint(string_list_append(&change.values.allowed_users, name), ==, 0);
        }

        CLEANUP(freep) char *text = dump_change(&change);

        message_assert_holds(text, "AllowedUsersCount");
        message_assert_holds(text, "1001");
        g_assert_null(strstr(text, "user77"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/codec-change/what-is-named-is-shown", test_what_is_named_is_shown);
        g_test_add_func("/codec-change/what-is-not-named-is-not-shown",
                        test_what_is_not_named_is_not_shown);
        g_test_add_func("/codec-change/of-a-long-list-the-length-is-shown",
                        test_of_a_long_list_the_length_is_shown);
        return g_test_run();
}
