/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/policy.h"
#include "util/text.h"

/* A policy in which nothing is as the default has it. */
static void fill_policy(Policy *policy) {
        policy_init(policy);
        policy->enabled = true;
        policy->observe = true;
        policy->port_verdicts_set = true;
        policy->port_verdicts.entries[0].verdict = PORT_VERDICT_REJECT;
        policy->cut_existing = TRISTATE_FALSE;
        policy->contact = strdup("postmaster@example.net");
        g_assert_nonnull(policy->contact);
        g_assert_cmpint(string_list_append(&policy->allowed_users, "backup"), ==, 0);
        g_assert_cmpint(string_list_append(&policy->allowed_groups, "staff"), ==, 0);
        g_assert_cmpint(mail_limits_set(&policy->mail_limits, MAIL_LIMIT_RECIPIENTS_MAX, 50, NULL),
                        ==,
                        0);
}

static void test_defaults_are_the_contract(void) {
        CLEANUP(policy_done) Policy policy;

        policy_init(&policy);
        g_assert_false(policy.enabled);
        g_assert_false(policy.observe);
        g_assert_false(policy.port_verdicts_set);
        g_assert_true(port_verdicts_equal(&policy.port_verdicts, &port_verdicts_default));
        g_assert_cmpuint(policy.allowed_users.count, ==, 0);
        g_assert_cmpuint(policy.allowed_groups.count, ==, 0);
        g_assert_cmpint(policy.cut_existing, ==, TRISTATE_UNSET);
        g_assert_null(policy.contact);
        g_assert_true(mail_limits_are_empty(&policy.mail_limits));
        g_assert_cmpint(policy_check(&policy, NULL), ==, 0);
}

static void test_copy_is_equal_and_owns_what_it_holds(void) {
        CLEANUP(policy_done) Policy policy = {}, copy = {};

        fill_policy(&policy);
        g_assert_cmpint(policy_copy(&policy, &copy), ==, 0);
        g_assert_true(policy_equal(&policy, &copy));
        g_assert_true(policy.contact != copy.contact);
        g_assert_true(policy.allowed_users.items != copy.allowed_users.items);

        policy_done(&policy);
        g_assert_cmpstr(copy.contact, ==, "postmaster@example.net");
        g_assert_cmpstr(copy.allowed_users.items[0], ==, "backup");
}

static void test_done_leaves_the_defaults_and_accepts_null(void) {
        CLEANUP(policy_done) Policy policy = {}, defaults = {};

        policy_init(&defaults);
        fill_policy(&policy);
        policy_done(&policy);
        g_assert_true(policy_equal(&policy, &defaults));
        policy_done(NULL);
}

static void differ_enabled(Policy *policy) {
        policy->enabled = false;
}
static void differ_observe(Policy *policy) {
        policy->observe = false;
}
static void differ_verdicts_set(Policy *policy) {
        policy->port_verdicts_set = false;
}
static void differ_verdicts(Policy *policy) {
        policy->port_verdicts.count--;
}
static void differ_users(Policy *policy) {
        policy->allowed_users.items[0][0] = 'B';
}
static void differ_groups(Policy *policy) {
        policy->allowed_groups.items[0][0] = 'S';
}
static void differ_cut(Policy *policy) {
        policy->cut_existing = TRISTATE_UNSET;
}
static void differ_contact(Policy *policy) {
        policy->contact[0] = 'P';
}
static void differ_limits(Policy *policy) {
        policy->mail_limits.value[MAIL_LIMIT_RECIPIENTS_MAX]++;
}

static void test_equal_sees_every_key(void) {
        static void (*const differ[])(Policy *) = {
                differ_enabled, differ_observe, differ_verdicts_set, differ_verdicts, differ_users,
                differ_groups,  differ_cut,     differ_contact,      differ_limits,
        };

        for (size_t i = 0; i < ELEMENTS_OF(differ); i++) {
                CLEANUP(policy_done) Policy a = {}, b = {};

                fill_policy(&a);
                fill_policy(&b);
                g_assert_true(policy_equal(&a, &b));
                differ[i](&b);
                if (policy_equal(&a, &b))
                        g_error("difference %zu is not seen", i);
        }
}

static void test_cut_existing_follows_redirect_unless_set(void) {
        CLEANUP(policy_done) Policy policy = {};
        PortVerdicts rejecting = {};

        policy_init(&policy);
        g_assert_cmpint(port_verdicts_add(&rejecting, 25, PORT_VERDICT_REJECT), ==, 0);

        g_assert_true(policy_cuts_existing(&policy, &port_verdicts_default));
        g_assert_false(policy_cuts_existing(&policy, &rejecting));

        policy.cut_existing = TRISTATE_TRUE;
        g_assert_true(policy_cuts_existing(&policy, &rejecting));

        policy.cut_existing = TRISTATE_FALSE;
        g_assert_false(policy_cuts_existing(&policy, &port_verdicts_default));
}

static char *repeat(char c, size_t count) {
        char *string = g_malloc(count + 1);

        memset(string, c, count);
        string[count] = 0;
        return string;
}

static void test_usual_and_foreign_names_pass(void) {
        CLEANUP(freep) char *longest = repeat('n', SMTP_RESTRICTIONS_NAME_SIZE_MAX);
        const char *names[] = {
                "www-data", "user$", "DOMAIN\\jane doe", "jane@example.net", "m\xc3\xbcller", "\"",
                "-",        longest
        };

        for (size_t i = 0; i < ELEMENTS_OF(names); i++)
                g_assert_cmpint(policy_check_name("AllowedUsers", names[i], NULL), ==, 0);
}

static void test_wrong_name_is_refused_with_key_and_value(void) {
        CLEANUP(freep) char *too_long = repeat('n', SMTP_RESTRICTIONS_NAME_SIZE_MAX + 1);
        CLEANUP(failure_done) Failure failure = {};

        expect_refusal(policy_check_name("AllowedUsers", "", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "AllowedUsers: '' is empty");
        expect_refusal(policy_check_name("AllowedUsers", too_long, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "AllowedUsers: a text of 257 bytes is longer than 256");
        expect_refusal(policy_check_name("AllowedGroups", "../x", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "AllowedGroups: '../x' holds '/' or ':'");
        expect_refusal(policy_check_name("AllowedGroups", "a:b", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "AllowedGroups: 'a:b' holds '/' or ':'");
        expect_refusal(policy_check_name("AllowedUsers", "a\nb", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "AllowedUsers: 'a\\x0ab' holds a control character");
        expect_refusal(policy_check_name("AllowedUsers", "a\xff", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "AllowedUsers: 'a\\xff' is not UTF-8");
}

static void test_owners_are_an_absolute_path(void) {
        CLEANUP(freep) char *too_long = repeat('/', SMTP_RESTRICTIONS_DOMAIN_OWNERS_SIZE_MAX + 1);
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(policy_check_domain_owners("/etc/userdomains", NULL), ==, 0);
        g_assert_cmpint(policy_check_domain_owners("", NULL), ==, 0);
        expect_refusal(policy_check_domain_owners("userdomains", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "DomainOwners: 'userdomains' is no absolute path");
        expect_refusal(policy_check_domain_owners("/a\nb", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "DomainOwners: '/a\\x0ab' holds a control character");
        expect_refusal(policy_check_domain_owners(too_long, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "DomainOwners: a text of 1025 bytes is longer than 1024");
}

static void test_contact_has_its_bounds(void) {
        CLEANUP(freep) char *longest = repeat('c', SMTP_RESTRICTIONS_CONTACT_SIZE_MAX);
        CLEANUP(freep) char *too_long = repeat('c', SMTP_RESTRICTIONS_CONTACT_SIZE_MAX + 1);
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(policy_check_contact("https://example.net/a:b", NULL), ==, 0);
        g_assert_cmpint(policy_check_contact("", NULL), ==, 0);
        g_assert_cmpint(policy_check_contact(longest, NULL), ==, 0);
        expect_refusal(policy_check_contact(too_long, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "Contact: a text of 201 bytes is longer than 200");
        expect_refusal(policy_check_contact("a\r\nb", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "Contact: 'a\\x0d\\x0ab' holds a control character");
        expect_refusal(policy_check_contact("\xc0\xaf", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "Contact: '\\xc0\\xaf' is not UTF-8");
}

static void test_count_out_of_bounds_is_refused_with_them(void) {
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(policy_check_count("AllowedUsers", 50000, 0, 50000, NULL), ==, 0);
        expect_refusal(policy_check_count("AllowedUsers", 100000, 0, 50000, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "AllowedUsers: 100000 entries are not between 0 and 50000");
        expect_refusal(policy_check_count("PortVerdicts", 0, 1, 32, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "PortVerdicts: 0 entries are not between 1 and 32");
}

static void test_check_finds_what_is_wrong_in_each_key(void) {
        CLEANUP(failure_done) Failure failure = {};

        for (unsigned i = 0; i < 6; i++) {
                static const char *const keys[] = { "PortVerdicts:",  "AllowedUsers:",
                                                    "AllowedGroups:", "AllowedGroups:",
                                                    "Contact:",       "SmtpAcceptMax:" };
                CLEANUP(policy_done) Policy policy = {};

                fill_policy(&policy);
                g_assert_cmpint(policy_check(&policy, NULL), ==, 0);

                if (i == 0)
                        policy.port_verdicts.count = 0;
                if (i == 1)
                        policy.allowed_users.items[0][0] = '/';
                if (i == 2)
                        policy.allowed_groups.items[0][0] = ':';
                for (unsigned k = 0; i == 3 && k < SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX; k++)
                        g_assert_cmpint(string_list_append(&policy.allowed_groups, "x"), ==, 0);
                if (i == 4)
                        policy.contact[0] = '\n';
                if (i == 5) {
                        policy.mail_limits.set[MAIL_LIMIT_SMTP_ACCEPT_MAX] = true;
                        policy.mail_limits.set[MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST] = true;
                }

                g_assert_cmpint(policy_check(&policy, &failure), ==, -EINVAL);
                g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
                if (!g_str_has_prefix(failure.text, keys[i]))
                        g_error("%s instead of %s", failure.text, keys[i]);
                failure_done(&failure);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/policy/defaults-are-the-contract", test_defaults_are_the_contract);
        g_test_add_func("/policy/copy-is-equal-and-owns-what-it-holds",
                        test_copy_is_equal_and_owns_what_it_holds);
        g_test_add_func("/policy/done-leaves-the-defaults-and-accepts-null",
                        test_done_leaves_the_defaults_and_accepts_null);
        g_test_add_func("/policy/equal-sees-every-key", test_equal_sees_every_key);
        g_test_add_func("/policy/cut-existing-follows-redirect-unless-set",
                        test_cut_existing_follows_redirect_unless_set);
        g_test_add_func("/policy-check/usual-and-foreign-names-pass",
                        test_usual_and_foreign_names_pass);
        g_test_add_func("/policy-check/wrong-name-is-refused-with-key-and-value",
                        test_wrong_name_is_refused_with_key_and_value);
        g_test_add_func("/policy-check/owners-are-an-absolute-path",
                        test_owners_are_an_absolute_path);
        g_test_add_func("/policy-check/contact-has-its-bounds", test_contact_has_its_bounds);
        g_test_add_func("/policy-check/count-out-of-bounds-is-refused-with-them",
                        test_count_out_of_bounds_is_refused_with_them);
        g_test_add_func("/policy-check/finds-what-is-wrong-in-each-key",
                        test_check_finds_what_is_wrong_in_each_key);
        return g_test_run();
}
