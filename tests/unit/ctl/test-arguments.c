/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "ctl/arguments.h"
#include "util/text.h"

static void done(Change *change, Failure *failure) {
        change_done(change);
        failure_done(failure);
}

/* One word of a policy change becomes `expected`, as JSON. */
static void assert_value(
                ArgumentScope scope,
                const char *word,
                const char *key,
                ValueType type,
                const char *expected) {
        const char *const words[] = { word };
        CLEANUP(change_done) Change change = {};
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(freep) char *dump = NULL;

        g_assert_cmpint(change_parse(words, 1, scope, &change, &failure), ==, 0);
        g_assert_cmpuint(change.count, ==, 1);
        g_assert_cmpstr(change.items[0].key, ==, key);
        g_assert_cmpint(change.items[0].type, ==, type);
        dump = json_dumps(change.items[0].value, JSON_COMPACT | JSON_ENCODE_ANY);
        g_assert_cmpstr(dump, ==, expected);
}

static void assert_refused(const char *word, int r, const char *text) {
        const char *const words[] = { word };
        Change change = {};
        Failure failure = {};

        g_assert_cmpint(change_parse(words, 1, ARGUMENT_POLICY, &change, &failure), ==, r);
        g_assert_cmpstr(failure.text, ==, text);
        g_assert_null(change.items);
        done(&change, &failure);
}

static void test_booleans_are_words(void) {
        assert_value(ARGUMENT_POLICY, "Observe=yes", "Observe", VALUE_BOOLEAN, "true");
        assert_value(ARGUMENT_POLICY, "CutExisting=off", "CutExisting", VALUE_BOOLEAN, "false");
        assert_value(ARGUMENT_POLICY, "Enabled=true", "Enabled", VALUE_BOOLEAN, "true");
        assert_refused("Observe=maybe", -EINVAL, "Observe: 'maybe' is neither yes nor no");
        assert_refused("Observe=", -EINVAL, "Observe: '' is neither yes nor no");
}

static void test_lists_are_split_at_commas(void) {
        assert_value(ARGUMENT_POLICY,
                     "AllowedUsers=alice,bob",
                     "AllowedUsers",
                     VALUE_NAMES,
                     "[\"alice\",\"bob\"]");
        assert_value(ARGUMENT_POLICY, "AllowedGroups=", "AllowedGroups", VALUE_NAMES, "[]");
        assert_refused("AllowedUsers=a,,b",
                       -EINVAL,
                       "AllowedUsers: '' is no name; write NAME,NAME");
}

static void test_ports_have_verdicts(void) {
        assert_value(ARGUMENT_POLICY,
                     "PortVerdicts=25:redirect,465:reject",
                     "PortVerdicts",
                     VALUE_PORTS,
                     "{\"25\":\"redirect\",\"465\":\"reject\"}");
        assert_refused("PortVerdicts=25",
                       -EINVAL,
                       "PortVerdicts: '25' is not PORT:redirect or PORT:reject");
        assert_refused("PortVerdicts=smtp:reject",
                       -EINVAL,
                       "PortVerdicts: 'smtp' is not a port from 1 to 65535");
        assert_refused("PortVerdicts=0:reject",
                       -EINVAL,
                       "PortVerdicts: '0' is not a port from 1 to 65535");
        assert_refused("PortVerdicts=25:reject,25:redirect",
                       -EINVAL,
                       "PortVerdicts: '25' is given twice");
}

static void test_verdicts_are_the_services_to_judge(void) {
        assert_value(ARGUMENT_POLICY,
                     "PortVerdicts=25:drop",
                     "PortVerdicts",
                     VALUE_PORTS,
                     "{\"25\":\"drop\"}");
}

static void test_numbers_are_bounded_by_their_type(void) {
        assert_value(ARGUMENT_LIMITS,
                     "SmtpAcceptMax=4294967295",
                     "SmtpAcceptMax",
                     VALUE_NUMBER,
                     "4294967295");
        assert_refused("SmtpAcceptMax=4294967296",
                       -EINVAL,
                       "SmtpAcceptMax: '4294967296' is too large");
        assert_refused("SmtpAcceptMax=-1", -EINVAL, "SmtpAcceptMax: '-1' is not a number");
        assert_refused("SmtpAcceptMax=ten", -EINVAL, "SmtpAcceptMax: 'ten' is not a number");
}

static void test_sizes_are_wider(void) {
        assert_value(ARGUMENT_LIMITS,
                     "MessageSizeLimit=4294967296",
                     "MessageSizeLimit",
                     VALUE_SIZE,
                     "4294967296");
        assert_refused("MessageSizeLimit=10M", -EINVAL, "MessageSizeLimit: '10M' is not a number");
}

static void test_addresses_are_a_list(void) {
        assert_value(ARGUMENT_LIMITS,
                     "SmtpReserveHosts=::1,192.0.2.0/24",
                     "SmtpReserveHosts",
                     VALUE_NAMES,
                     "[\"::1\",\"192.0.2.0/24\"]");
}

static void test_value_may_hold_signs(void) {
        assert_value(ARGUMENT_POLICY,
                     "Contact=https://example.org/?a=b,c",
                     "Contact",
                     VALUE_STRING,
                     "\"https://example.org/?a=b,c\"");
        assert_value(ARGUMENT_POLICY, "Contact=", "Contact", VALUE_STRING, "\"\"");
}

static void test_limits_stand_in_a_policy_by_their_name(void) {
        const char *const words[] = { "SmtpAcceptMax=50",
                                      "MailLimits.RecipientsMax=9",
                                      "Observe=no" };
        CLEANUP(change_done) Change change = {};

        g_assert_cmpint(change_parse(words, 3, ARGUMENT_POLICY, &change, NULL), ==, 0);
        g_assert_true(change.items[0].is_limit);
        g_assert_true(change.items[1].is_limit);
        g_assert_cmpstr(change.items[1].key, ==, "RecipientsMax");
        g_assert_false(change.items[2].is_limit);
}

static void test_policy_key_among_limits_stays_unknown(void) {
        const char *const words[] = { "Observe=no" };
        CLEANUP(change_done) Change change = {};

        g_assert_cmpint(change_parse(words, 1, ARGUMENT_LIMITS, &change, NULL), ==, 0);
        g_assert_true(change.items[0].is_limit);
}

static void test_unknown_keys_go_to_the_service(void) {
        assert_value(ARGUMENT_POLICY, "New=yes", "New", VALUE_BOOLEAN, "true");
        assert_value(ARGUMENT_POLICY, "New=12", "New", VALUE_NUMBER, "12");
        assert_value(ARGUMENT_POLICY, "New=word", "New", VALUE_STRING, "\"word\"");
        assert_value(ARGUMENT_POLICY, "New+=word", "New", VALUE_NAMES, "[\"word\"]");
}

static void test_what_is_no_assignment_is_wrong_use(void) {
        assert_refused("Observe", CHANGE_E_USAGE, "'Observe': is not KEY=VALUE");
        assert_refused("=yes", CHANGE_E_USAGE, "'=yes': is not KEY=VALUE");
        assert_refused("A B=yes", CHANGE_E_USAGE, "'A B=yes': is not KEY=VALUE");
        assert_refused("A+yes", CHANGE_E_USAGE, "'A+yes': is not KEY=VALUE");
        assert_refused("", CHANGE_E_USAGE, "'': is not KEY=VALUE");
}

static void test_only_lists_are_added_to(void) {
        assert_refused("Observe+=yes",
                       CHANGE_E_USAGE,
                       "'Observe+=yes': only lists can be added to; write KEY=VALUE");
}

static void test_key_set_twice_is_wrong_use(void) {
        const char *const words[] = { "Observe=yes", "Observe=no" };
        Change change = {};
        Failure failure = {};

        g_assert_cmpint(change_parse(words, 2, ARGUMENT_POLICY, &change, &failure),
                        ==,
                        CHANGE_E_USAGE);
        g_assert_cmpstr(failure.text, ==, "'Observe=no': the key is given twice");
        done(&change, &failure);
}

static void test_bytes_that_are_no_text_are_refused(void) {
        assert_refused("Contact=\xff", -EINVAL, "Contact: '\\xff' is not UTF-8");
        assert_refused("AllowedUsers=a\xff", -EINVAL, "AllowedUsers: 'a\\xff' is not UTF-8");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ctl/arguments/booleans-are-words", test_booleans_are_words);
        g_test_add_func("/ctl/arguments/lists-are-split-at-commas", test_lists_are_split_at_commas);
        g_test_add_func("/ctl/arguments/ports-have-verdicts", test_ports_have_verdicts);
        g_test_add_func("/ctl/arguments/verdicts-are-the-services-to-judge",
                        test_verdicts_are_the_services_to_judge);
        g_test_add_func("/ctl/arguments/numbers-are-bounded-by-their-type",
                        test_numbers_are_bounded_by_their_type);
        g_test_add_func("/ctl/arguments/sizes-are-wider", test_sizes_are_wider);
        g_test_add_func("/ctl/arguments/addresses-are-a-list", test_addresses_are_a_list);
        g_test_add_func("/ctl/arguments/value-may-hold-signs", test_value_may_hold_signs);
        g_test_add_func("/ctl/arguments/limits-stand-in-a-policy-by-their-name",
                        test_limits_stand_in_a_policy_by_their_name);
        g_test_add_func("/ctl/arguments/policy-key-among-limits-stays-unknown",
                        test_policy_key_among_limits_stays_unknown);
        g_test_add_func("/ctl/arguments/unknown-keys-go-to-the-service",
                        test_unknown_keys_go_to_the_service);
        g_test_add_func("/ctl/arguments/what-is-no-assignment-is-wrong-use",
                        test_what_is_no_assignment_is_wrong_use);
        g_test_add_func("/ctl/arguments/only-lists-are-added-to", test_only_lists_are_added_to);
        g_test_add_func("/ctl/arguments/key-set-twice-is-wrong-use",
                        test_key_set_twice_is_wrong_use);
        g_test_add_func("/ctl/arguments/bytes-that-are-no-text-are-refused",
                        test_bytes_that_are_no_text_are_refused);

        return g_test_run();
}
