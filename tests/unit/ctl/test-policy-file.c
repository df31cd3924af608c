/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "ctl/change.h"
#include "ctl/policy-file.h"
#include "unit/message.h"
#include "util/json-message.h"

/* What the service gets for this file. */
static void assert_message(const char *text, const char *expected) {
        CLEANUP(change_done) Change change = {};
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = message_new();
        CLEANUP(json_decrefp) json_t *json = NULL;
        CLEANUP(freep) char *dump = NULL;

        g_assert_cmpint(policy_file_read(text, strlen(text), &change, NULL), ==, 0);
        g_assert_cmpint(change_append_to(&change, ARGUMENT_POLICY, message), >=, 0);
        message_seal(message);

        g_assert_cmpstr(sd_bus_message_get_signature(message, true), ==, "a{sv}");
        g_assert_cmpint(json_from_message(message, &json), ==, 0);
        dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
        g_assert_cmpstr(dump, ==, expected);
}

static void assert_refused(const char *text, const char *words) {
        CLEANUP(change_done) Change change = {};
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(policy_file_read(text, strlen(text), &change, &failure), ==, -EINVAL);
        g_assert_cmpuint(change.count, ==, 0);
        if (!strstr(failure.text, words))
                g_error("'%s' is not in: %s", words, failure.text);
}

static void test_file_of_the_service_is_taken(void) {
        assert_message("{\"Version\":1,\"Enabled\":true,\"PortVerdicts\":{\"25\":\"reject\"},"
                       "\"AllowedUsers\":[\"a\",\"b\"],\"Contact\":\"me\",\"MailLimits\":{"
                       "\"SmtpAcceptMax\":50,\"MessageSizeLimit\":5000000000,\"RequireAuth\":true,"
                       "\"RelayExceptions\":[\"192.0.2.0/24\"]}}",
                       "{\"Enabled\":true,\"PortVerdicts\":{\"25\":\"reject\"},"
                       "\"AllowedUsers\":[\"a\",\"b\"],\"Contact\":\"me\",\"MailLimits\":{"
                       "\"SmtpAcceptMax\":50,\"MessageSizeLimit\":5000000000,\"RequireAuth\":true,"
                       "\"RelayExceptions\":[\"192.0.2.0/24\"]}}");
}

static void test_empty_policy_is_all_defaults(void) {
        assert_message("{}", "{}");
        assert_message("{\"MailLimits\":{}}", "{}");
}

static void test_unknown_keys_are_for_the_service_to_judge(void) {
        assert_message("{\"New\":true,\"MailLimits\":{\"Newer\":[\"x\"]}}",
                       "{\"New\":true,\"MailLimits\":{\"Newer\":[\"x\"]}}");
}

static void test_wrong_types_are_refused_by_key(void) {
        assert_refused("{\"Enabled\":1}", "Enabled: is neither true nor false");
        assert_refused("{\"Contact\":[]}", "Contact: is not a string");
        assert_refused("{\"AllowedUsers\":\"a\"}", "AllowedUsers: is not a list of strings");
        assert_refused("{\"AllowedUsers\":[1]}", "AllowedUsers: is not a list of strings");
        assert_refused("{\"PortVerdicts\":[25]}", "PortVerdicts: is not an object");
        assert_refused("{\"PortVerdicts\":{\"0\":\"reject\"}}", "PortVerdicts: is not an object");
        assert_refused("{\"PortVerdicts\":{\"25\":1}}", "PortVerdicts: is not an object");
        assert_refused("{\"MailLimits\":[]}", "MailLimits: is not an object");
        assert_refused("{\"MailLimits\":{\"SmtpAcceptMax\":-1}}", "SmtpAcceptMax: is not a number");
        assert_refused("{\"MailLimits\":{\"SmtpAcceptMax\":4294967296}}", "SmtpAcceptMax: is not");
        assert_refused("{\"MailLimits\":{\"SmtpAcceptMax\":1.5}}", "SmtpAcceptMax: is not");
        assert_refused("{\"New\":{}}", "New: is not a string");
}

static void test_limit_outside_of_its_dictionary_is_no_limit(void) {
        /* the service knows no such key of a policy */
        assert_message("{\"SmtpAcceptMax\":50}", "{\"SmtpAcceptMax\":50}");
}

static void test_other_versions_are_refused(void) {
        assert_refused("{\"Version\":2}", "Version: is not 1");
        assert_refused("{\"Version\":\"1\"}", "Version: is not 1");
}

static void test_what_is_no_json_is_refused_with_its_place(void) {
        assert_refused("{\"Enabled\":\n maybe}", "line 2, column");
        assert_refused("{\"Enabled\":true,\"Enabled\":true}", "line 1");
        assert_refused("[]", "not a JSON object");
        assert_refused("", "line 1");
}

static void test_what_is_written_is_read_again(void) {
        CLEANUP(json_decrefp)
        json_t *policy = json_loads(
                        "{\"Generation\":7,\"Enabled\":false,\"MailLimits\":{\"RecipientsMax\":9}}",
                        0,
                        NULL);
        CLEANUP(freep) char *text = NULL;
        size_t size;

        g_assert_cmpint(policy_file_write(policy, &text, &size), ==, 0);
        g_assert_cmpuint(strlen(text), ==, size);
        g_assert_cmpstr(text,
                        ==,
                        "{\n    \"Version\": 1,\n    \"Enabled\": false,\n    \"MailLimits\": {\n"
                        "        \"RecipientsMax\": 9\n    }\n}\n");
        assert_message(text, "{\"Enabled\":false,\"MailLimits\":{\"RecipientsMax\":9}}");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/policy-file/of-the-service-is-taken", test_file_of_the_service_is_taken);
        g_test_add_func("/policy-file/empty-is-all-defaults", test_empty_policy_is_all_defaults);
        g_test_add_func("/policy-file/unknown-keys-go-to-the-service",
                        test_unknown_keys_are_for_the_service_to_judge);
        g_test_add_func("/policy-file/wrong-types-are-refused",
                        test_wrong_types_are_refused_by_key);
        g_test_add_func("/policy-file/limit-has-its-place",
                        test_limit_outside_of_its_dictionary_is_no_limit);
        g_test_add_func("/policy-file/other-versions-are-refused", test_other_versions_are_refused);
        g_test_add_func("/policy-file/no-json-is-refused",
                        test_what_is_no_json_is_refused_with_its_place);
        g_test_add_func("/policy-file/is-read-again", test_what_is_written_is_read_again);
        return g_test_run();
}
