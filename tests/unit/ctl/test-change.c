/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/change.h"
#include "unit/message.h"
#include "util/json-message.h"

/* What the service gets for these words, when it has `policy` now; NULL: the words need none. */
static void assert_message(
                const char *const words[],
                size_t count,
                ArgumentScope scope,
                const char *policy,
                const char *signature,
                const char *expected) {
        CLEANUP(change_done) Change change = {};
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = message_new();
        CLEANUP(json_decrefp) json_t *before = policy ? json_loads(policy, 0, NULL) : NULL;
        CLEANUP(json_decrefp) json_t *json = NULL;
        CLEANUP(freep) char *dump = NULL;

        g_assert_cmpint(change_parse(words, count, scope, &change, NULL), ==, 0);
        g_assert_cmpint(change_needs_policy(&change), ==, policy != NULL);
        g_assert_cmpint(change_resolve(&change, before), ==, 0);
        g_assert_cmpint(change_append_to(&change, scope, message), >=, 0);
        message_seal(message);

        g_assert_cmpstr(sd_bus_message_get_signature(message, true), ==, signature);
        g_assert_cmpint(json_from_message(message, &json), ==, 0);
        dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
        g_assert_cmpstr(dump, ==, expected);
}

static void test_each_type_is_written_as_its_own(void) {
        const char *const words[] = {
                "Observe=yes", "AllowedUsers=alice,bob", "PortVerdicts=25:redirect", "Contact=me"
        };

        assert_message(words,
                       4,
                       ARGUMENT_POLICY,
                       NULL,
                       "a{sv}",
                       "{\"Observe\":true,\"AllowedUsers\":[\"alice\",\"bob\"],"
                       "\"PortVerdicts\":{\"25\":\"redirect\"},\"Contact\":\"me\"}");
}

static void test_limits_of_a_policy_stand_in_their_dictionary(void) {
        const char *const words[] = { "SmtpAcceptMax=50", "Observe=no", "RecipientsMax=9" };

        assert_message(words,
                       3,
                       ARGUMENT_POLICY,
                       NULL,
                       "a{sv}",
                       "{\"Observe\":false,\"MailLimits\":{\"SmtpAcceptMax\":50,"
                       "\"RecipientsMax\":9}}");
}

static void test_limits_alone_are_the_dictionary(void) {
        const char *const words[] = { "SmtpAcceptMax=50" };

        assert_message(words, 1, ARGUMENT_LIMITS, NULL, "a{sv}", "{\"SmtpAcceptMax\":50}");
}

static void test_list_of_limits_is_added_to(void) {
        const char *const words[] = { "SmtpReserveHosts+=::1", "MessageSizeLimit=5000" };

        assert_message(words,
                       2,
                       ARGUMENT_LIMITS,
                       "{\"MailLimits\":{\"SmtpReserveHosts\":[\"192.0.2.1\"]}}",
                       "a{sv}",
                       "{\"SmtpReserveHosts\":[\"192.0.2.1\",\"::1\"],\"MessageSizeLimit\":5000}");
}

static void test_no_words_are_an_empty_dictionary(void) {
        assert_message(NULL, 0, ARGUMENT_POLICY, NULL, "a{sv}", "{}");
}

static void test_names_are_added_to_what_is_set(void) {
        const char *const words[] = { "AllowedUsers+=carol,alice" };

        assert_message(words,
                       1,
                       ARGUMENT_POLICY,
                       "{\"AllowedUsers\":[\"alice\",\"bob\"]}",
                       "a{sv}",
                       "{\"AllowedUsers\":[\"bob\",\"carol\",\"alice\"]}");
}

static void test_names_are_taken_from_what_is_set(void) {
        const char *const words[] = { "AllowedUsers-=alice,nobody" };

        assert_message(words,
                       1,
                       ARGUMENT_POLICY,
                       "{\"AllowedUsers\":[\"alice\",\"bob\"]}",
                       "a{sv}",
                       "{\"AllowedUsers\":[\"bob\"]}");
}

static void test_several_of_one_key_act_in_their_order(void) {
        const char *const words[] = { "AllowedUsers+=carol", "AllowedUsers-=bob", "Observe=yes" };

        assert_message(words,
                       3,
                       ARGUMENT_POLICY,
                       "{\"AllowedUsers\":[\"bob\"]}",
                       "a{sv}",
                       "{\"AllowedUsers\":[\"carol\"],\"Observe\":true}");
}

static void test_missing_list_counts_as_empty(void) {
        const char *const words[] = { "AllowedGroups+=list" };

        assert_message(words, 1, ARGUMENT_POLICY, "{}", "a{sv}", "{\"AllowedGroups\":[\"list\"]}");
}

static void test_ports_are_added_changed_and_taken(void) {
        const char *const words[] = { "PortVerdicts+=2525:reject,25:reject", "PortVerdicts-=465" };

        assert_message(words,
                       2,
                       ARGUMENT_POLICY,
                       "{\"PortVerdicts\":{\"25\":\"redirect\",\"465\":\"reject\"}}",
                       "a{sv}",
                       "{\"PortVerdicts\":{\"25\":\"reject\",\"2525\":\"reject\"}}");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/ctl/change/list-of-limits-is-added-to", test_list_of_limits_is_added_to);

        g_test_add_func("/ctl/change/each-type-is-written-as-its-own",
                        test_each_type_is_written_as_its_own);
        g_test_add_func("/ctl/change/limits-of-a-policy-stand-in-their-dictionary",
                        test_limits_of_a_policy_stand_in_their_dictionary);
        g_test_add_func("/ctl/change/limits-alone-are-the-dictionary",
                        test_limits_alone_are_the_dictionary);
        g_test_add_func("/ctl/change/no-words-are-an-empty-dictionary",
                        test_no_words_are_an_empty_dictionary);
        g_test_add_func("/ctl/change/names-are-added-to-what-is-set",
                        test_names_are_added_to_what_is_set);
        g_test_add_func("/ctl/change/names-are-taken-from-what-is-set",
                        test_names_are_taken_from_what_is_set);
        g_test_add_func("/ctl/change/several-of-one-key-act-in-their-order",
                        test_several_of_one_key_act_in_their_order);
        g_test_add_func("/ctl/change/missing-list-counts-as-empty",
                        test_missing_list_counts_as_empty);
        g_test_add_func("/ctl/change/ports-are-added-changed-and-taken",
                        test_ports_are_added_changed_and_taken);

        return g_test_run();
}
