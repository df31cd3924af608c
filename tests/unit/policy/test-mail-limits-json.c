/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/mail-limits-json.h"
#include "util/json.h"

static int read_value(const char *text, MailLimit limit, MailLimits *limits, Failure *reterr) {
        CLEANUP(json_decrefp)
        json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        JsonPath path = {};

        g_assert_nonnull(json);
        return mail_limits_read_json_value(json, limit, limits, &path, reterr);
}

static void assert_refused(const char *text, MailLimit limit, const char *why) {
        CLEANUP(mail_limits_done) MailLimits limits = {};
        CLEANUP(failure_done) Failure failure = {};

        expect_refusal(read_value(text, limit, &limits, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       why);
        g_assert_false(limits.set[limit]);
}

static void test_each_type_is_read_back(void) {
        static const struct {
                MailLimit limit;
                const char *text;
        } values[] = {
                { MAIL_LIMIT_HOURLY_PER_USER, "7" },
                { MAIL_LIMIT_MESSAGE_SIZE_LIMIT, "2146435072" },
                { MAIL_LIMIT_REQUIRE_AUTH, "true" },
                { MAIL_LIMIT_OVER_LIMIT_ACTION, "\"reject\"" },
                { MAIL_LIMIT_RELAY_EXCEPTIONS, "[\"192.0.2.1\"]" },
                { MAIL_LIMIT_DENIED_MAIL_USERS, "[\"nobody\",\"www-data\"]" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(values); i++) {
                CLEANUP(mail_limits_done) MailLimits limits = {};
                CLEANUP(json_decrefp) json_t *json = NULL;
                CLEANUP(freep) char *text = NULL;

                g_assert_cmpint(read_value(values[i].text, values[i].limit, &limits, NULL), ==, 0);
                json = mail_limits_to_json(&limits);
                text = json_dumps(
                                json_object_get(json, mail_limit_infos[values[i].limit].key),
                                JSON_ENCODE_ANY | JSON_COMPACT);
                g_assert_cmpstr(text, ==, values[i].text);
        }
}

static void test_other_types_are_refused(void) {
        assert_refused("\"7\"",
                       MAIL_LIMIT_HOURLY_PER_USER,
                       "HourlyRecipientsPerUser: is not an integer");
        assert_refused("-1",
                       MAIL_LIMIT_HOURLY_PER_USER,
                       "HourlyRecipientsPerUser: -1 is not between 1 and 10000000");
        assert_refused("1", MAIL_LIMIT_REQUIRE_AUTH, "RequireAuth: is not true or false");
        assert_refused("0", MAIL_LIMIT_OVER_LIMIT_ACTION, "OverLimitAction: is not a text");
        assert_refused("\"hold\\u0000\"",
                       MAIL_LIMIT_OVER_LIMIT_ACTION,
                       "OverLimitAction: is not a text");
        assert_refused("\"nobody\"",
                       MAIL_LIMIT_DENIED_MAIL_USERS,
                       "DeniedMailUsers: is not an array of names");
        assert_refused("[\"a\\u0000b\"]",
                       MAIL_LIMIT_DENIED_MAIL_USERS,
                       "DeniedMailUsers: is not an array of names");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/mail-limits-json/each-type-is-read-back", test_each_type_is_read_back);
        g_test_add_func("/mail-limits-json/other-types-are-refused", test_other_types_are_refused);
        return g_test_run();
}
