/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is only to be seen with a JSON value that is no text; the rest is in test-policy-text.c. */

#include "expect.h"
#include "policy/policy-text.h"
#include "util/text.h"

static void test_33_ports_are_refused(void) {
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(json_decrefp) json_t *json = json_object();
        json_t *ports = json_object();

        for (unsigned i = 1; i <= 33; i++) {
                CLEANUP(freep) char *port = string_format("%u", i);

                g_assert_cmpint(json_object_set_new(ports, port, json_string("reject")), ==, 0);
        }
        g_assert_cmpint(json_object_set_new(json, "PortVerdicts", ports), ==, 0);

        expect_refusal(policy_from_json(json, &policy, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "PortVerdicts: 33 entries are not between 1 and 32");
}

static void test_wrong_value_is_refused(void) {
        /* strings with NUL: only a reader that was told to allow them makes these */
        static const char *const texts[] = {
                "[]",
                "{\"Version\": 2}",
                "{\"Contact\": \"a\\u0000b\"}",
                "{\"AllowedUsers\": [\"a\\u0000b\"]}",
                "{\"PortVerdicts\": {\"25\": \"reject\\u0000\"}}",
                "{\"MailLimits\": {\"SmtpAuth\": \"inherit\"}}",
        };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++) {
                CLEANUP(json_decrefp) json_t *json = json_loads(texts[i], JSON_ALLOW_NUL, NULL);
                CLEANUP(failure_done) Failure failure = {};
                CLEANUP(policy_done) Policy policy = {};

                g_assert_nonnull(json);
                g_assert_cmpint(policy_from_json(json, &policy, &failure), ==, -EINVAL);
                g_assert_true(failure_is_set(&failure));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/policy-json/33-ports-are-refused", test_33_ports_are_refused);
        g_test_add_func("/policy-json/wrong-value-is-refused", test_wrong_value_is_refused);
        return g_test_run();
}
