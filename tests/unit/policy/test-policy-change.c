/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/policy-change.h"

#define KEYS                                                                                       \
        "Enabled, PortVerdicts, Observe, AllowedUsers, AllowedGroups, CutExisting, "               \
        "Forwarded, ForwardedInterfaces, ForwardedNetworks, Contact, DomainOwners, "               \
        "SharedCounters, SharedCountersShare, MailLimits"

static void append(StringList *list, const char *name) {
        g_assert_cmpint(string_list_append(list, name), ==, 0);
}

static void set_limit(MailLimits *limits, MailLimit limit, uint64_t value) {
        g_assert_cmpint(mail_limits_set(limits, limit, value, NULL), ==, 0);
}

/* The policy in force, of which each test changes a part. */
static void fill_policy(Policy *policy) {
        policy_init(policy);
        policy->enabled = true;
        policy->cut_existing = TRISTATE_TRUE;
        policy->contact = strdup("postmaster@example.net");
        g_assert_nonnull(policy->contact);
        append(&policy->allowed_users, "backup");
        append(&policy->allowed_groups, "staff");
        set_limit(&policy->mail_limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 50);
        set_limit(&policy->mail_limits, MAIL_LIMIT_RECIPIENTS_MAX, 100);
}

/* Name a key and give its value, so that the change differs from the policy above in it. */
static void name_key(PolicyChange *change, PolicyKey key) {
        Policy *values = &change->values;

        change->named[key] = true;
        switch (key) {
        case POLICY_KEY_ENABLED:
                values->enabled = false;
                break;
        case POLICY_KEY_PORT_VERDICTS:
                values->port_verdicts_set = true;
                values->port_verdicts.count = 1;
                break;
        case POLICY_KEY_OBSERVE:
                values->observe = true;
                break;
        case POLICY_KEY_ALLOWED_USERS:
                append(&values->allowed_users, "zoe");
                append(&values->allowed_users, "adam");
                append(&values->allowed_users, "zoe");
                break;
        case POLICY_KEY_ALLOWED_GROUPS:
                append(&values->allowed_groups, "mailers");
                break;
        case POLICY_KEY_CUT_EXISTING:
                values->cut_existing = TRISTATE_FALSE;
                break;
        case POLICY_KEY_FORWARDED:
                values->forwarded = FORWARDED_OBSERVE;
                break;
        case POLICY_KEY_FORWARDED_INTERFACES:
                append(&values->forwarded_interfaces, "docker0");
                break;
        case POLICY_KEY_FORWARDED_NETWORKS:
                append(&values->forwarded_networks, "10.0.3.0/24");
                break;
        case POLICY_KEY_CONTACT:
                values->contact = strdup("https://example.net/mail");
                g_assert_nonnull(values->contact);
                break;
        case POLICY_KEY_DOMAIN_OWNERS:
                values->domain_owners = strdup("/etc/userdomains");
                g_assert_nonnull(values->domain_owners);
                break;
        case POLICY_KEY_SHARED_COUNTERS:
                values->shared_counters = strdup("rediss://counters.test/1");
                g_assert_nonnull(values->shared_counters);
                break;
        case POLICY_KEY_SHARED_SHARE:
                values->shared_share = 33;
                break;
        default:
                set_limit(&values->mail_limits, MAIL_LIMIT_RECIPIENTS_MAX, 7);
        }
}

/* Take one key over from `from`, to see that nothing else differs. */
static void take_key(Policy *policy, PolicyKey key, Policy *from) {
        switch (key) {
        case POLICY_KEY_ENABLED:
                policy->enabled = from->enabled;
                break;
        case POLICY_KEY_PORT_VERDICTS:
                policy->port_verdicts_set = from->port_verdicts_set;
                policy->port_verdicts = from->port_verdicts;
                break;
        case POLICY_KEY_OBSERVE:
                policy->observe = from->observe;
                break;
        case POLICY_KEY_ALLOWED_USERS:
                string_list_done(&policy->allowed_users);
                g_assert_cmpint(string_list_copy(&from->allowed_users, &policy->allowed_users),
                                ==,
                                0);
                break;
        case POLICY_KEY_ALLOWED_GROUPS:
                string_list_done(&policy->allowed_groups);
                g_assert_cmpint(string_list_copy(&from->allowed_groups, &policy->allowed_groups),
                                ==,
                                0);
                break;
        case POLICY_KEY_CUT_EXISTING:
                policy->cut_existing = from->cut_existing;
                break;
        case POLICY_KEY_FORWARDED:
                policy->forwarded = from->forwarded;
                break;
        case POLICY_KEY_FORWARDED_INTERFACES:
                string_list_done(&policy->forwarded_interfaces);
                break;
        case POLICY_KEY_FORWARDED_NETWORKS:
                string_list_done(&policy->forwarded_networks);
                break;
        case POLICY_KEY_CONTACT:
                free(policy->contact);
                policy->contact = g_strdup(from->contact);
                break;
        case POLICY_KEY_DOMAIN_OWNERS:
                free(policy->domain_owners);
                policy->domain_owners = g_strdup(from->domain_owners);
                break;
        case POLICY_KEY_SHARED_COUNTERS:
                free(policy->shared_counters);
                policy->shared_counters = g_strdup(from->shared_counters);
                break;
        case POLICY_KEY_SHARED_SHARE:
                policy->shared_share = from->shared_share;
                break;
        default:
                policy->mail_limits = from->mail_limits;
        }
}

static void test_names_of_keys_go_both_ways(void) {
        for (size_t i = 0; i < _POLICY_KEY_MAX; i++) {
                PolicyKey key = _POLICY_KEY_MAX;

                g_assert_cmpint(policy_key_from_string(
                                                policy_key_to_string((PolicyKey) i), &key, NULL),
                                ==,
                                0);
                g_assert_cmpuint(key, ==, i);
        }
}

static void test_unknown_key_is_told_those_that_exist(void) {
        CLEANUP(failure_done) Failure failure = {};
        PolicyKey key;

        expect_refusal(policy_key_from_string("enabled", &key, &failure),
                       failure,
                       FAILURE_UNKNOWN_KEY,
                       "enabled: there is no such key; there are " KEYS);
}

static void test_empty_change_changes_nothing(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy from = {}, to = {};

        policy_change_init(&change);
        fill_policy(&from);
        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        g_assert_true(policy_equal(&from, &to));
}

static void test_each_named_key_changes_itself_alone(void) {
        for (size_t i = 0; i < _POLICY_KEY_MAX; i++) {
                CLEANUP(policy_change_done) PolicyChange change = {};
                CLEANUP(policy_done) Policy from = {}, to = {};

                policy_change_init(&change);
                name_key(&change, (PolicyKey) i);
                fill_policy(&from);

                g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
                if (policy_equal(&from, &to))
                        g_error("%s changed nothing", policy_key_to_string((PolicyKey) i));

                take_key(&to, (PolicyKey) i, &from);
                if (!policy_equal(&from, &to))
                        g_error("%s changed more", policy_key_to_string((PolicyKey) i));
        }
}

static void test_values_that_are_not_named_do_not_count(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy from = {}, to = {};

        policy_change_init(&change);
        for (size_t i = 0; i < _POLICY_KEY_MAX; i++)
                name_key(&change, (PolicyKey) i);
        memset(change.named, 0, sizeof(change.named));
        fill_policy(&from);

        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        g_assert_true(policy_equal(&from, &to));
}

static void test_lists_of_the_result_are_sorted_and_unique(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy from = {}, to = {};

        policy_change_init(&change);
        name_key(&change, POLICY_KEY_ALLOWED_USERS);
        fill_policy(&from);

        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        g_assert_cmpuint(to.allowed_users.count, ==, 2);
        g_assert_cmpstr(to.allowed_users.items[0], ==, "adam");
        g_assert_cmpstr(to.allowed_users.items[1], ==, "zoe");
}

static void test_replacement_takes_the_rest_to_its_defaults(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy from = {}, to = {}, wanted = {};

        policy_change_init(&change);
        change.replace = true;
        name_key(&change, POLICY_KEY_CONTACT);
        fill_policy(&from);
        policy_init(&wanted);
        wanted.contact = g_strdup("https://example.net/mail");

        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        g_assert_true(policy_equal(&to, &wanted));
}

static void test_empty_contact_takes_it_away(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy from = {}, to = {};

        policy_change_init(&change);
        change.named[POLICY_KEY_CONTACT] = true;
        change.values.contact = g_strdup("");
        fill_policy(&from);

        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        g_assert_null(to.contact);
}

static void test_verdicts_can_go_back_to_their_default(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy from = {}, to = {};

        policy_change_init(&change);
        change.named[POLICY_KEY_PORT_VERDICTS] = true;
        fill_policy(&from);
        from.port_verdicts_set = true;
        from.port_verdicts.count = 1;

        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        g_assert_false(to.port_verdicts_set);
        g_assert_true(port_verdicts_equal(&to.port_verdicts, &port_verdicts_default));
}

static void test_reset_limit_is_unset_and_set_wins_over_it(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy from = {}, to = {};

        policy_change_init(&change);
        change.reset[MAIL_LIMIT_SMTP_ACCEPT_MAX] = true;
        change.reset[MAIL_LIMIT_RECIPIENTS_MAX] = true;
        name_key(&change, POLICY_KEY_MAIL_LIMITS);
        fill_policy(&from);

        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        g_assert_false(to.mail_limits.set[MAIL_LIMIT_SMTP_ACCEPT_MAX]);
        g_assert_true(to.mail_limits.set[MAIL_LIMIT_RECIPIENTS_MAX]);
        g_assert_cmpuint(to.mail_limits.value[MAIL_LIMIT_RECIPIENTS_MAX], ==, 7);
}

static void test_rule_between_old_and_new_limits_is_checked(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy from = {}, to = {};

        policy_change_init(&change);
        policy_init(&to);
        change.named[POLICY_KEY_MAIL_LIMITS] = true;
        set_limit(&change.values.mail_limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 0);
        fill_policy(&from);
        g_assert_cmpint(policy_change_apply(&change, &from, &to, NULL), ==, 0);
        policy_done(&to);

        set_limit(&from.mail_limits, MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST, 5);
        g_assert_cmpint(policy_change_apply(&change, &from, &to, &failure), ==, -EINVAL);
        g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
        g_assert_true(g_str_has_prefix(failure.text, "SmtpAcceptMax: 0 "));
        g_assert_null(to.contact);
}

static void test_too_long_list_is_refused_before_doubles_are_dropped(void) {
        for (unsigned i = 0; i < 2; i++) {
                CLEANUP(policy_change_done) PolicyChange change = {};
                CLEANUP(failure_done) Failure failure = {};
                CLEANUP(policy_done) Policy from = {}, to = {};
                PolicyKey key = i == 0 ? POLICY_KEY_ALLOWED_USERS : POLICY_KEY_ALLOWED_GROUPS;
                StringList *list;

                policy_init(&to);
                policy_change_init(&change);
                change.named[key] = true;
                list = i == 0 ? &change.values.allowed_users : &change.values.allowed_groups;
                for (unsigned k = 0; k <= (i == 0 ? 50000 : 1000); k++)
                        append(list, "same");
                fill_policy(&from);

                expect_refusal(policy_change_apply(&change, &from, &to, &failure),
                               failure,
                               FAILURE_INVALID_VALUE,
                               i == 0 ? "AllowedUsers: 50001 entries are not between 0 and 50000"
                                      : "AllowedGroups: 1001 entries are not between 0 and 1000");
        }
}

static void test_description_names_keys_and_limits(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(freep) char *description = NULL;

        policy_change_init(&change);
        name_key(&change, POLICY_KEY_PORT_VERDICTS);
        change.named[POLICY_KEY_MAIL_LIMITS] = true;
        set_limit(&change.values.mail_limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 5);
        change.reset[MAIL_LIMIT_RECIPIENTS_MAX] = true;

        description = policy_change_describe(&change);
        g_assert_cmpstr(description,
                        ==,
                        "PortVerdicts, MailLimits.SmtpAcceptMax, MailLimits.RecipientsMax");
}

static void test_description_of_nothing_is_empty(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(freep) char *description = NULL;

        policy_change_init(&change);
        description = policy_change_describe(&change);
        g_assert_cmpstr(description, ==, "");
        policy_change_done(NULL);
}

static void test_replacement_is_described_by_every_key(void) {
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(freep) char *description = NULL;

        policy_change_init(&change);
        change.replace = true;
        name_key(&change, POLICY_KEY_CONTACT);

        description = policy_change_describe(&change);
        g_assert_cmpstr(description,
                        ==,
                        "Enabled, PortVerdicts, Observe, AllowedUsers, AllowedGroups, CutExisting, "
                        "Forwarded, ForwardedInterfaces, ForwardedNetworks, "
                        "Contact, DomainOwners, SharedCounters, SharedCountersShare, "
                        "MailLimits.SmtpAcceptMax, "
                        "MailLimits.SmtpAcceptMaxPerHost, "
                        "MailLimits.SmtpAcceptMaxPerConnection, MailLimits.SmtpAcceptQueue, "
                        "MailLimits.SmtpAcceptReserve, MailLimits.SmtpReserveHosts, "
                        "MailLimits.RecipientsMax, MailLimits.MessageSizeLimit, "
                        "MailLimits.RequireAuth, MailLimits.RelayExceptions, "
                        "MailLimits.HourlyRecipientsPerDomain, "
                        "MailLimits.HourlyRecipientsPerMailbox, "
                        "MailLimits.HourlyRecipientsPerUser, "
                        "MailLimits.DailyRecipientsPerDomain, "
                        "MailLimits.DailyRecipientsPerMailbox, "
                        "MailLimits.DailyRecipientsPerUser, MailLimits.OverLimitAction, "
                        "MailLimits.OverLimitPercent, MailLimits.FailDeferPercent, "
                        "MailLimits.FailDeferMinimum, MailLimits.FailDeferAction, "
                        "MailLimits.DeniedMailUsers, "
                        "MailLimits.SmtpAuth, MailLimits.MeterFallback, MailLimits.CountMailman");
}

static void test_list_of_a_limit_is_replaced_and_reset(void) {
        CLEANUP(policy_done) Policy policy = {}, second = {}, third = {};
        CLEANUP(policy_change_done) PolicyChange change = {}, reset = {};
        CLEANUP(string_list_done) StringList hosts = {};
        MailLimits *limits = &change.values.mail_limits;

        policy_init(&policy);
        policy_change_init(&change);
        policy_change_init(&reset);
        change.named[POLICY_KEY_MAIL_LIMITS] = true;
        set_limit(limits, MAIL_LIMIT_SMTP_ACCEPT_RESERVE, 2);
        g_assert_cmpint(string_list_append(&hosts, "192.0.2.1"), ==, 0);
        g_assert_cmpint(mail_limits_set_list(limits, MAIL_LIMIT_SMTP_RESERVE_HOSTS, &hosts, NULL),
                        ==,
                        0);
        g_assert_cmpint(policy_change_apply(&change, &policy, &second, NULL), ==, 0);
        g_assert_true(mail_limits_equal(&second.mail_limits, limits));

        reset.reset[MAIL_LIMIT_SMTP_RESERVE_HOSTS] = true;
        reset.reset[MAIL_LIMIT_SMTP_ACCEPT_RESERVE] = true;
        g_assert_cmpint(policy_change_apply(&reset, &second, &third, NULL), ==, 0);
        g_assert_true(mail_limits_are_empty(&third.mail_limits));
        g_assert_cmpuint(third.mail_limits.lists[MAIL_LIMIT_SMTP_RESERVE_HOSTS].count, ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/policy-change/list-of-a-limit-is-replaced-and-reset",
                        test_list_of_a_limit_is_replaced_and_reset);
        g_test_add_func("/policy-change/names-of-keys-go-both-ways",
                        test_names_of_keys_go_both_ways);
        g_test_add_func("/policy-change/unknown-key-is-told-those-that-exist",
                        test_unknown_key_is_told_those_that_exist);
        g_test_add_func("/policy-change/empty-changes-nothing", test_empty_change_changes_nothing);
        g_test_add_func("/policy-change/each-named-key-changes-itself-alone",
                        test_each_named_key_changes_itself_alone);
        g_test_add_func("/policy-change/values-that-are-not-named-do-not-count",
                        test_values_that_are_not_named_do_not_count);
        g_test_add_func("/policy-change/lists-of-the-result-are-sorted-and-unique",
                        test_lists_of_the_result_are_sorted_and_unique);
        g_test_add_func("/policy-change/replacement-takes-the-rest-to-its-defaults",
                        test_replacement_takes_the_rest_to_its_defaults);
        g_test_add_func("/policy-change/empty-contact-takes-it-away",
                        test_empty_contact_takes_it_away);
        g_test_add_func("/policy-change/verdicts-can-go-back-to-their-default",
                        test_verdicts_can_go_back_to_their_default);
        g_test_add_func("/policy-change/reset-limit-is-unset-and-set-wins-over-it",
                        test_reset_limit_is_unset_and_set_wins_over_it);
        g_test_add_func("/policy-change/rule-between-old-and-new-limits-is-checked",
                        test_rule_between_old_and_new_limits_is_checked);
        g_test_add_func("/policy-change/too-long-list-is-refused-before-doubles-are-dropped",
                        test_too_long_list_is_refused_before_doubles_are_dropped);
        g_test_add_func("/policy-change/description-names-keys-and-limits",
                        test_description_names_keys_and_limits);
        g_test_add_func("/policy-change/description-of-nothing-is-empty",
                        test_description_of_nothing_is_empty);
        g_test_add_func("/policy-change/replacement-is-described-by-every-key",
                        test_replacement_is_described_by_every_key);
        return g_test_run();
}
