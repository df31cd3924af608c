/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "policy/policy-change.h"
#include "util/text.h"

static void append(StringList *list, const char *name) {
        g_assert_cmpint(string_list_append(list, name), ==, 0);
}

static void fill_before(Policy *policy) {
        policy_init(policy);
        append(&policy->allowed_users, "backup");
        g_assert_cmpint(mail_limits_set(&policy->mail_limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 50, NULL),
                        ==,
                        0);
        g_assert_cmpint(mail_limits_set(&policy->mail_limits, MAIL_LIMIT_RECIPIENTS_MAX, 100, NULL),
                        ==,
                        0);
}

static void enable(Policy *policy) {
        policy->enabled = true;
}

static void observe(Policy *policy) {
        policy->observe = true;
}

static void cut(Policy *policy) {
        policy->cut_existing = TRISTATE_FALSE;
}

static void set_verdicts(Policy *policy) {
        policy->port_verdicts_set = true;
        policy->port_verdicts.entries[0].verdict = PORT_VERDICT_REJECT;
}

/* as the default has it, but asked for: a redirect without a mail server is judged otherwise */
static void ask_for_default_verdicts(Policy *policy) {
        policy->port_verdicts_set = true;
}

static void add_user(Policy *policy) {
        append(&policy->allowed_users, "zoe");
}

static void add_group(Policy *policy) {
        append(&policy->allowed_groups, "staff");
}

static void set_contact(Policy *policy) {
        policy->contact = strdup("postmaster@example.net");
}

static void raise_limit(Policy *policy) {
        policy->mail_limits.value[MAIL_LIMIT_SMTP_ACCEPT_MAX] = 60;
}

static void reset_limit(Policy *policy) {
        policy->mail_limits.set[MAIL_LIMIT_SMTP_ACCEPT_MAX] = false;
        policy->mail_limits.value[MAIL_LIMIT_SMTP_ACCEPT_MAX] = 0;
}

static void change_nothing(Policy *policy) {
        (void) policy;
}

typedef struct Case {
        const char *claim;
        void (*change)(Policy *policy);
        const char *description;
} Case;

static const Case cases[] = {
        { "nothing", change_nothing, "" },
        { "enabled", enable, "Enabled" },
        { "observe", observe, "Observe" },
        { "cut-existing", cut, "CutExisting" },
        { "verdicts", set_verdicts, "PortVerdicts" },
        { "verdicts-asked-for", ask_for_default_verdicts, "PortVerdicts" },
        { "users", add_user, "AllowedUsers" },
        { "groups", add_group, "AllowedGroups" },
        { "contact", set_contact, "Contact" },
        { "limit", raise_limit, "MailLimits.SmtpAcceptMax" },
        { "limit-given-back", reset_limit, "MailLimits.SmtpAcceptMax" },
};

static void test_difference_names_what_differs_and_leads_there(gconstpointer data) {
        const Case *c = data;
        CLEANUP(policy_done) Policy before = {}, after = {}, result = {};
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(freep) char *description = NULL;

        fill_before(&before);
        fill_before(&after);
        policy_init(&result);
        policy_change_init(&change);
        c->change(&after);

        g_assert_cmpint(policy_change_between(&before, &after, &change), ==, 0);

        description = policy_change_describe(&change);
        g_assert_cmpstr(description, ==, c->description);
        g_assert_cmpint(policy_change_apply(&change, &before, &result, NULL), ==, 0);
        g_assert_true(policy_equal(&result, &after));
}

static void test_a_copy_is_the_same_change(void) {
        CLEANUP(policy_done) Policy before = {}, after = {}, result = {};
        CLEANUP(policy_change_done) PolicyChange change = {}, copy = {};

        fill_before(&before);
        fill_before(&after);
        policy_init(&result);
        policy_change_init(&change);
        policy_change_init(&copy);
        add_user(&after);
        reset_limit(&after);
        g_assert_cmpint(policy_change_between(&before, &after, &change), ==, 0);

        g_assert_cmpint(policy_change_copy(&change, &copy), ==, 0);

        g_assert_cmpint(policy_change_apply(&copy, &before, &result, NULL), ==, 0);
        g_assert_true(policy_equal(&result, &after));
}

static void test_other_hosts_of_a_limit_are_a_change(void) {
        CLEANUP(policy_done) Policy before = {}, after = {};
        CLEANUP(policy_change_done) PolicyChange change = {}, same = {};
        const MailLimit hosts = MAIL_LIMIT_SMTP_RESERVE_HOSTS;
        CLEANUP(string_list_done) StringList one = {}, two = {};

        append(&one, "192.0.2.1");
        append(&two, "192.0.2.2");
        fill_before(&before);
        g_assert_cmpint(mail_limits_set_list(&before.mail_limits, hosts, &one, NULL), ==, 0);
        g_assert_cmpint(policy_copy(&before, &after), ==, 0);
        g_assert_cmpint(policy_change_between(&before, &after, &same), ==, 0);
        g_assert_true(mail_limits_are_empty(&same.values.mail_limits));

        g_assert_cmpint(mail_limits_set_list(&after.mail_limits, hosts, &two, NULL), ==, 0);
        g_assert_cmpint(policy_change_between(&before, &after, &change), ==, 0);
        g_assert_true(change.named[POLICY_KEY_MAIL_LIMITS]);
        g_assert_true(mail_limits_agree(&change.values.mail_limits, &after.mail_limits, hosts));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                g_autofree char *path = g_strconcat("/policy-difference/", cases[i].claim, NULL);

                g_test_add_data_func(
                                path,
                                &cases[i],
                                test_difference_names_what_differs_and_leads_there);
        }
        g_test_add_func("/policy-difference/other-hosts-of-a-limit-are-a-change",
                        test_other_hosts_of_a_limit_are_a_change);
        g_test_add_func("/policy-difference/a-copy-is-the-same", test_a_copy_is_the_same_change);
        return g_test_run();
}
