/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "meter/config.h"

static const char everything[] = "{\n"
                                 "    \"version\": 1,\n"
                                 "    \"limits\": {\n"
                                 "        \"HourlyRecipientsPerDomain\": 100,\n"
                                 "        \"OverLimitAction\": \"defer\"\n"
                                 "    },\n"
                                 "    \"contact\": \"help@host.test\",\n"
                                 "    \"domain_owners\": \"/etc/userdomains\",\n"
                                 "    \"log\": \"/var/log/exim4/mainlog\",\n"
                                 "    \"exim_uid\": 102,\n"
                                 "    \"denied_uids\": [\n        33,\n        65534\n    ],\n"
                                 "    \"free_uids\": [\n        38\n    ],\n"
                                 "    \"own_uids\": [\n        102\n    ]\n"
                                 "}\n";

static int parse(const char *text, MeterConfig *ret, Failure *reterr) {
        return meter_config_from_text(text, strlen(text), ret, reterr);
}

static void test_everything_is_read(void) {
        CLEANUP(meter_config_done) MeterConfig config = {};

        g_assert_cmpint(parse(everything, &config, NULL), ==, 0);
        g_assert_true(config.limits.set[MAIL_LIMIT_HOURLY_PER_DOMAIN]);
        g_assert_cmpuint(config.limits.value[MAIL_LIMIT_HOURLY_PER_DOMAIN], ==, 100);
        g_assert_cmpuint(config.limits.value[MAIL_LIMIT_OVER_LIMIT_ACTION], ==, OVER_LIMIT_DEFER);
        g_assert_cmpstr(config.contact, ==, "help@host.test");
        g_assert_cmpstr(config.domain_owners, ==, "/etc/userdomains");
        g_assert_cmpstr(config.log, ==, "/var/log/exim4/mainlog");
        g_assert_cmpuint(config.exim_uid, ==, 102);
        g_assert_true(uid_list_contains(&config.denied_uids, 65534));
        g_assert_false(uid_list_contains(&config.denied_uids, 34));
        g_assert_true(uid_list_contains(&config.free_uids, 38));
        g_assert_true(uid_list_contains(&config.own_uids, 102));
}

static void test_what_is_written_is_what_was_read(void) {
        CLEANUP(meter_config_done) MeterConfig config = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        g_assert_cmpint(parse(everything, &config, NULL), ==, 0);
        g_assert_cmpint(meter_config_to_text(&config, &text, &size), ==, 0);
        g_assert_cmpstr(text, ==, everything);
}

static void test_little_is_enough(void) {
        CLEANUP(meter_config_done) MeterConfig config = {};

        g_assert_cmpint(parse("{\"version\": 1, \"exim_uid\": 0}", &config, NULL), ==, 0);
        g_assert_null(config.contact);
        g_assert_null(config.domain_owners);
        g_assert_null(config.log);
        g_assert_false(uid_list_contains(&config.own_uids, 0));
}

static void test_numbers_of_users_are_sorted_and_unique(void) {
        CLEANUP(meter_config_done) MeterConfig config = {};

        g_assert_cmpint(parse("{\"version\": 1, \"exim_uid\": 0, \"own_uids\": [7, 3, 7, 1]}",
                              &config,
                              NULL),
                        ==,
                        0);
        g_assert_cmpuint(config.own_uids.count, ==, 3);
        g_assert_cmpuint(config.own_uids.items[0], ==, 1);
        g_assert_cmpuint(config.own_uids.items[2], ==, 7);
}

static void test_anything_else_is_refused(void) {
        static const char *const texts[] = {
                "",
                "[]",
                "{}",
                "{\"version\": 1}",
                "{\"exim_uid\": 1}",
                "{\"version\": 2, \"exim_uid\": 1}",
                "{\"version\": 1, \"exim_uid\": -1}",
                "{\"version\": 1, \"exim_uid\": 4294967295}",
                "{\"version\": 1, \"exim_uid\": 1, \"other\": 1}",
                "{\"version\": 1, \"exim_uid\": 1, \"log\": \"mainlog\"}",
                "{\"version\": 1, \"exim_uid\": 1, \"log\": \"\"}",
                "{\"version\": 1, \"exim_uid\": 1, \"contact\": \"a\\nb\"}",
                "{\"version\": 1, \"exim_uid\": 1, \"own_uids\": 1}",
                "{\"version\": 1, \"exim_uid\": 1, \"own_uids\": [\"1\"]}",
                "{\"version\": 1, \"exim_uid\": 1, \"limits\": []}",
                "{\"version\": 1, \"exim_uid\": 1, \"limits\": {\"SmtpAcceptMax\": 1}}",
                "{\"version\": 1, \"exim_uid\": 1, \"limits\": {\"HourlyRecipientsPerUser\": 0}}",
                "{\"version\": 1, \"exim_uid\": 1, \"limits\": {\"OverLimitAction\": \"x\"}}",
                "{\"version\": 1, \"exim_uid\": 1, \"exim_uid\": 2}",
        };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++) {
                CLEANUP(failure_done) Failure failure = {};
                MeterConfig config;

                g_test_message("%s", texts[i]);
                g_assert_cmpint(parse(texts[i], &config, &failure), ==, -EINVAL);
                g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
        }
}

static void test_text_above_the_bound_is_refused(void) {
        CLEANUP(freep) char *text = g_malloc(METER_CONFIG_SIZE_MAX + 2);
        MeterConfig config;

        memset(text, ' ', METER_CONFIG_SIZE_MAX + 1);
        text[METER_CONFIG_SIZE_MAX + 1] = 0;
        g_assert_cmpint(parse(text, &config, NULL), ==, -EINVAL);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/config/everything-is-read", test_everything_is_read);
        g_test_add_func("/config/what-is-written-is-what-was-read",
                        test_what_is_written_is_what_was_read);
        g_test_add_func("/config/little-is-enough", test_little_is_enough);
        g_test_add_func("/config/numbers-of-users-are-sorted-and-unique",
                        test_numbers_of_users_are_sorted_and_unique);
        g_test_add_func("/config/anything-else-is-refused", test_anything_else_is_refused);
        g_test_add_func("/config/text-above-the-bound-is-refused",
                        test_text_above_the_bound_is_refused);

        return g_test_run();
}
