/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/codec-read.h"
#include "unit/message.h"
#include "util/text.h"

/* What reading gave: the change, or the failure. */
typedef struct Outcome {
        int r;
        PolicyChange change;
        Failure failure;
} Outcome;

static void outcome_done(Outcome *outcome) {
        policy_change_done(&outcome->change);
        failure_done(&outcome->failure);
}

static void read_policy(sd_bus_message *m, bool takes_enabled, Outcome *outcome) {
        message_seal(m);
        policy_change_init(&outcome->change);
        outcome->r = codec_read_policy(m, takes_enabled, &outcome->change, &outcome->failure);
}

static void assert_refused(const Outcome *outcome, FailureCode code, const char *words) {
        g_assert_cmpint(outcome->r, ==, -EINVAL);
        g_assert_cmpint(outcome->failure.code, ==, code);
        g_assert_nonnull(strstr(outcome->failure.text, words));
}

/* A policy of one key is refused, in words that begin with the key. */
#define ASSERT_POLICY_REFUSED(code, words, ...)                                                    \
        do {                                                                                       \
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();                  \
                CLEANUP(outcome_done) Outcome outcome = {};                                        \
                                                                                                   \
                g_assert_cmpint(sd_bus_message_append(m, "a{sv}", __VA_ARGS__), >=, 0);            \
                read_policy(m, false, &outcome);                                                   \
                assert_refused(&outcome, code, words);                                             \
        } while (false)

static void assert_values(const Policy *values) {
        g_assert_true(values->enabled && values->observe && values->port_verdicts_set);
        g_assert_cmpuint(values->port_verdicts.count, ==, 2);
        g_assert_cmpuint(values->port_verdicts.entries[0].port, ==, 25);
        g_assert_cmpint(values->port_verdicts.entries[1].verdict, ==, PORT_VERDICT_REJECT);
        g_assert_cmpuint(values->allowed_users.count, ==, 2);
        g_assert_cmpstr(values->allowed_groups.items[0], ==, "mailers");
        g_assert_cmpint(values->cut_existing, ==, TRISTATE_FALSE);
        g_assert_cmpstr(values->contact, ==, "help@example.org");
        g_assert_true(values->mail_limits.set[MAIL_LIMIT_SMTP_ACCEPT_MAX]);
        g_assert_cmpuint(values->mail_limits.value[MAIL_LIMIT_SMTP_ACCEPT_MAX], ==, 50);
        g_assert_cmpstr(values->domain_owners, ==, "/etc/userdomains");
        g_assert_cmpstr(values->shared_counters, ==, "redis://counters.test");
        g_assert_cmpuint(values->shared_share, ==, 25);
        g_assert_cmpuint(
                        values->mail_limits.value[MAIL_LIMIT_OVER_LIMIT_ACTION],
                        ==,
                        OVER_LIMIT_DEFER);
        g_assert_cmpstr(values->mail_limits.lists[MAIL_LIMIT_DENIED_MAIL_USERS].items[0],
                        ==,
                        "nobody");
}

static void test_every_key_is_read(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(outcome_done) Outcome outcome = {};

        g_assert_cmpint(sd_bus_message_append(
                                        m,
                                        "a{sv}",
                                        14,
                                        "Enabled",
                                        "b",
                                        1,
                                        "PortVerdicts",
                                        "a{qs}",
                                        2,
                                        465,
                                        "reject",
                                        25,
                                        "redirect",
                                        "Observe",
                                        "b",
                                        1,
                                        "AllowedUsers",
                                        "as",
                                        2,
                                        "zoe",
                                        "adam",
                                        "AllowedGroups",
                                        "as",
                                        1,
                                        "mailers",
                                        "CutExisting",
                                        "b",
                                        0,
                                        "Forwarded",
                                        "s",
                                        "reject",
                                        "ForwardedInterfaces",
                                        "as",
                                        1,
                                        "br0",
                                        "ForwardedNetworks",
                                        "as",
                                        1,
                                        "10.0.0.0/8",
                                        "Contact",
                                        "s",
                                        "help@example.org",
                                        "DomainOwners",
                                        "s",
                                        "/etc/userdomains",
                                        "SharedCounters",
                                        "s",
                                        "redis://counters.test",
                                        "SharedCountersShare",
                                        "u",
                                        25,
                                        "MailLimits",
                                        "a{sv}",
                                        3,
                                        "SmtpAcceptMax",
                                        "u",
                                        50,
                                        "OverLimitAction",
                                        "s",
                                        "defer",
                                        "DeniedMailUsers",
                                        "as",
                                        1,
                                        "nobody"),
                        >=,
                        0);
        read_policy(m, true, &outcome);

        g_assert_cmpint(outcome.r, ==, 0);
        for (size_t i = 0; i < _POLICY_KEY_MAX; i++)
                g_assert_true(outcome.change.named[i]);
        assert_values(&outcome.change.values);
}

static void test_no_key_is_no_change(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(outcome_done) Outcome outcome = {};

        g_assert_cmpint(sd_bus_message_append(m, "a{sv}", 0), >=, 0);
        read_policy(m, false, &outcome);

        g_assert_cmpint(outcome.r, ==, 0);
        for (size_t i = 0; i < _POLICY_KEY_MAX; i++)
                g_assert_false(outcome.change.named[i]);
}

static void test_an_unknown_key_is_named(void) {
        ASSERT_POLICY_REFUSED(FAILURE_UNKNOWN_KEY, "Colour", 1, "Colour", "s", "red");
}

static void test_a_wrong_type_is_named(void) {
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "Observe: takes a value of D-Bus type 'b'",
                        1,
                        "Observe",
                        "s",
                        "yes");
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "PortVerdicts: takes a value of D-Bus type 'a{qs}'",
                        1,
                        "PortVerdicts",
                        "a{ss}",
                        1,
                        "25",
                        "reject");
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "MailLimits: takes a value of D-Bus type 'a{sv}'",
                        1,
                        "MailLimits",
                        "u",
                        7);
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "SmtpAcceptMax: takes a value of D-Bus type 'u'",
                        1,
                        "MailLimits",
                        "a{sv}",
                        1,
                        "SmtpAcceptMax",
                        "t",
                        (uint64_t) 7);
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "AllowedUsers: takes a value of D-Bus type 'as'",
                        1,
                        "AllowedUsers",
                        "ai",
                        1,
                        1000);
}

static void test_a_key_may_be_named_once(void) {
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "Observe: is named twice",
                        2,
                        "Observe",
                        "b",
                        1,
                        "Observe",
                        "b",
                        0);
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "RecipientsMax: is named twice",
                        1,
                        "MailLimits",
                        "a{sv}",
                        2,
                        "RecipientsMax",
                        "u",
                        5,
                        "RecipientsMax",
                        "u",
                        6);
}

static void test_enabled_has_methods_of_its_own(void) {
        ASSERT_POLICY_REFUSED(FAILURE_INVALID_VALUE, "Enabled: ", 1, "Enabled", "b", 1);
}

static void test_port_verdicts_have_bounds(void) {
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "PortVerdicts: takes 1 to 32",
                        1,
                        "PortVerdicts",
                        "a{qs}",
                        0);
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "1 to 65535, not 0",
                        1,
                        "PortVerdicts",
                        "a{qs}",
                        1,
                        0,
                        "reject");
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "not 'drop'",
                        1,
                        "PortVerdicts",
                        "a{qs}",
                        1,
                        25,
                        "drop");
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "port 25 is named twice",
                        1,
                        "PortVerdicts",
                        "a{qs}",
                        2,
                        25,
                        "reject",
                        25,
                        "redirect");
}

/* Up to `count` ports, names or users are appended by the caller's format. */
static sd_bus_message *message_with_names(const char *key, size_t count, int digits) {
        sd_bus_message *m = message_new();

        g_assert_cmpint(sd_bus_message_open_container(m, 'a', "{sv}"), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(m, 'e', "sv"), >=, 0);
        g_assert_cmpint(sd_bus_message_append(m, "s", key), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(m, 'v', "as"), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(m, 'a', "s"), >=, 0);
        for (size_t i = 0; i < count; i++) {
                CLEANUP(freep) char *name = string_format("user%0*zu", digits, i);

                g_assert_cmpint(sd_bus_message_append_basic(m, 's', name), >=, 0);
        }
        for (unsigned i = 0; i < 4; i++)
                g_assert_cmpint(sd_bus_message_close_container(m), >=, 0);

        return m;
}

static void assert_names_bound(const char *key, size_t most) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *full = message_with_names(key, most, 1);
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *over = message_with_names(key, most + 1, 1);
        CLEANUP(outcome_done) Outcome taken = {};
        CLEANUP(outcome_done) Outcome refused = {};

        read_policy(full, false, &taken);
        g_assert_cmpint(taken.r, ==, 0);

        read_policy(over, false, &refused);
        assert_refused(&refused, FAILURE_INVALID_VALUE, key);
        /* not one more was copied */
        g_assert_cmpuint(
                        refused.change.values.allowed_users.count +
                                        refused.change.values.allowed_groups.count,
                        ==,
                        most);
}

static void test_lists_have_bounds(void) {
        assert_names_bound("AllowedUsers", SMTP_RESTRICTIONS_ALLOWED_USERS_MAX);
        assert_names_bound("AllowedGroups", SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX);
}

static void test_all_names_together_have_a_bound(void) {
        const int digits = 200;
        const size_t most = SMTP_RESTRICTIONS_NAMES_SIZE_MAX / (strlen("user") + (size_t) digits);
        CLEANUP(sd_bus_message_unrefp)
        sd_bus_message *full = message_with_names("AllowedUsers", most, digits);
        CLEANUP(sd_bus_message_unrefp)
        sd_bus_message *over = message_with_names("AllowedUsers", most + 1, digits);
        CLEANUP(outcome_done) Outcome taken = {};
        CLEANUP(outcome_done) Outcome refused = {};

        read_policy(full, false, &taken);
        g_assert_cmpint(taken.r, ==, 0);

        read_policy(over, false, &refused);
        assert_refused(&refused,
                       FAILURE_INVALID_VALUE,
                       "AllowedUsers: has more than 2097152 bytes");
        g_assert_cmpuint(refused.change.values.allowed_users.count, ==, most);
}

static void test_names_and_contact_have_bounds(void) {
        CLEANUP(freep) char *name = g_strnfill(SMTP_RESTRICTIONS_NAME_SIZE_MAX + 1, 'n');
        CLEANUP(freep) char *contact = g_strnfill(SMTP_RESTRICTIONS_CONTACT_SIZE_MAX + 1, 'c');

        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE, "AllowedUsers:", 1, "AllowedUsers", "as", 1, name);
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE, "AllowedGroups:", 1, "AllowedGroups", "as", 1, "");
        ASSERT_POLICY_REFUSED(FAILURE_INVALID_VALUE, "Contact:", 1, "Contact", "s", contact);
}

static void test_an_empty_contact_is_none(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(outcome_done) Outcome outcome = {};

        g_assert_cmpint(sd_bus_message_append(m, "a{sv}", 1, "Contact", "s", ""), >=, 0);
        read_policy(m, false, &outcome);

        g_assert_cmpint(outcome.r, ==, 0);
        g_assert_true(outcome.change.named[POLICY_KEY_CONTACT]);
        g_assert_null(outcome.change.values.contact);
}

static void test_limits_have_bounds(void) {
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "SmtpAcceptMax:",
                        1,
                        "MailLimits",
                        "a{sv}",
                        1,
                        "SmtpAcceptMax",
                        "u",
                        SMTP_RESTRICTIONS_CONNECTIONS_MAX + 1);
        ASSERT_POLICY_REFUSED(
                        FAILURE_INVALID_VALUE,
                        "RecipientsMax:",
                        1,
                        "MailLimits",
                        "a{sv}",
                        1,
                        "RecipientsMax",
                        "u",
                        0);
}

static void read_names(sd_bus_message *m, Outcome *outcome) {
        message_seal(m);
        policy_change_init(&outcome->change);
        outcome->r = codec_read_limit_names(m, &outcome->change, &outcome->failure);
}

static void test_named_limits_are_reset(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(outcome_done) Outcome outcome = {};

        g_assert_cmpint(sd_bus_message_append(m, "as", 1, "RecipientsMax"), >=, 0);
        read_names(m, &outcome);

        g_assert_cmpint(outcome.r, ==, 0);
        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                g_assert_cmpint(outcome.change.reset[i], ==, i == MAIL_LIMIT_RECIPIENTS_MAX);
}

static void test_none_named_resets_all(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(outcome_done) Outcome outcome = {};

        g_assert_cmpint(sd_bus_message_append(m, "as", 0), >=, 0);
        read_names(m, &outcome);

        g_assert_cmpint(outcome.r, ==, 0);
        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                g_assert_true(outcome.change.reset[i]);
}

static void test_a_limit_is_reset_once(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(outcome_done) Outcome outcome = {};

        g_assert_cmpint(sd_bus_message_append(m, "as", 2, "RecipientsMax", "RecipientsMax"), >=, 0);
        read_names(m, &outcome);

        assert_refused(&outcome, FAILURE_INVALID_VALUE, "RecipientsMax: is named twice");
}

static void test_an_unknown_limit_is_not_reset(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(outcome_done) Outcome outcome = {};

        g_assert_cmpint(sd_bus_message_append(m, "as", 2, "RecipientsMax", "Colour"), >=, 0);
        read_names(m, &outcome);

        assert_refused(&outcome, FAILURE_UNKNOWN_KEY, "Colour");
}

static void test_options_are_read(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(failure_done) Failure failure = {};
        ReplaceOptions options;

        g_assert_cmpint(sd_bus_message_append(
                                        m,
                                        "a{sv}",
                                        2,
                                        "DryRun",
                                        "b",
                                        1,
                                        "IfGeneration",
                                        "t",
                                        (uint64_t) 7),
                        >=,
                        0);
        message_seal(m);

        g_assert_cmpint(codec_read_replace_options(m, &options, &failure), ==, 0);
        g_assert_true(options.dry_run && options.if_generation_set);
        g_assert_cmpuint(options.if_generation, ==, 7);
}

static void assert_option_refused(sd_bus_message *m, FailureCode code) {
        CLEANUP(failure_done) Failure failure = {};
        ReplaceOptions options;

        message_seal(m);
        g_assert_cmpint(codec_read_replace_options(m, &options, &failure), ==, -EINVAL);
        g_assert_cmpint(failure.code, ==, code);
}

static void test_wrong_options_are_refused(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *unknown = message_new();
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *mistyped = message_new();
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *twice = message_new();

        g_assert_cmpint(sd_bus_message_append(unknown, "a{sv}", 1, "Force", "b", 1), >=, 0);
        assert_option_refused(unknown, FAILURE_UNKNOWN_KEY);

        g_assert_cmpint(sd_bus_message_append(mistyped, "a{sv}", 1, "IfGeneration", "u", 1), >=, 0);
        assert_option_refused(mistyped, FAILURE_INVALID_VALUE);

        g_assert_cmpint(sd_bus_message_append(
                                        twice, "a{sv}", 2, "DryRun", "b", 1, "DryRun", "b", 1),
                        >=,
                        0);
        assert_option_refused(twice, FAILURE_INVALID_VALUE);
}

static void test_a_page_has_a_default_size(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        Page page;

        g_assert_cmpint(sd_bus_message_append(m, "a{sv}", 0), >=, 0);
        message_seal(m);

        g_assert_cmpint(codec_read_page(m, &page, NULL), ==, 0);
        g_assert_cmpuint(page.most, ==, CODEC_PAGE_DEFAULT);
        g_assert_false(page.after_set);
}

static void test_a_page_has_bounds(void) {
        static const uint32_t wrong[] = { 0, CODEC_PAGE_MAX + 1 };

        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
                CLEANUP(failure_done) Failure failure = {};
                Page page;

                g_assert_cmpint(sd_bus_message_append(m, "a{sv}", 1, "Most", "u", wrong[i]), >=, 0);
                message_seal(m);

                g_assert_cmpint(codec_read_page(m, &page, &failure), ==, -EINVAL);
                g_assert_nonnull(strstr(failure.text, "Most: is 1 to 10000"));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/bus/codec-read/all", test_every_key_is_read);
        g_test_add_func("/bus/codec-read/none", test_no_key_is_no_change);
        g_test_add_func("/bus/codec-read/unknown", test_an_unknown_key_is_named);
        g_test_add_func("/bus/codec-read/type", test_a_wrong_type_is_named);
        g_test_add_func("/bus/codec-read/twice", test_a_key_may_be_named_once);
        g_test_add_func("/bus/codec-read/enabled", test_enabled_has_methods_of_its_own);
        g_test_add_func("/bus/codec-read/ports", test_port_verdicts_have_bounds);
        g_test_add_func("/bus/codec-read/lists", test_lists_have_bounds);
        g_test_add_func("/bus/codec-read/names", test_all_names_together_have_a_bound);
        g_test_add_func("/bus/codec-read/strings", test_names_and_contact_have_bounds);
        g_test_add_func("/bus/codec-read/contact", test_an_empty_contact_is_none);
        g_test_add_func("/bus/codec-read/limits", test_limits_have_bounds);
        g_test_add_func("/bus/codec-read/reset", test_named_limits_are_reset);
        g_test_add_func("/bus/codec-read/reset-all", test_none_named_resets_all);
        g_test_add_func("/bus/codec-read/reset-twice", test_a_limit_is_reset_once);
        g_test_add_func("/bus/codec-read/reset-unknown", test_an_unknown_limit_is_not_reset);
        g_test_add_func("/bus/codec-read/options", test_options_are_read);
        g_test_add_func("/bus/codec-read/options-wrong", test_wrong_options_are_refused);
        g_test_add_func("/bus/codec-read/page", test_a_page_has_a_default_size);
        g_test_add_func("/bus/codec-read/page-bounds", test_a_page_has_bounds);

        return g_test_run();
}
