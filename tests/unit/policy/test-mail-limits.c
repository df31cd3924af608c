/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/mail-limits.h"

#define LIMITS                                                                                     \
        "SmtpAcceptMax, SmtpAcceptMaxPerHost, SmtpAcceptMaxPerConnection, SmtpAcceptQueue, "       \
        "SmtpAcceptReserve, SmtpReserveHosts, RecipientsMax, MessageSizeLimit, RequireAuth, "      \
        "RelayExceptions, HourlyRecipientsPerDomain, HourlyRecipientsPerMailbox, "                 \
        "HourlyRecipientsPerUser, DailyRecipientsPerDomain, DailyRecipientsPerMailbox, "           \
        "DailyRecipientsPerUser, OverLimitAction, OverLimitPercent, FailDeferPercent, "            \
        "FailDeferMinimum, FailDeferAction, DeniedMailUsers, "                                     \
        "SmtpAuth, MeterFallback, CountMailman"

static void test_each_key_names_its_limit(void) {
        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                MailLimit limit = _MAIL_LIMIT_MAX;

                g_assert_true(mail_limit_from_key(mail_limit_infos[i].key, &limit, NULL) == 0);
                g_assert_cmpuint(limit, ==, i);
        }
}

static void test_unknown_key_is_told_those_that_exist(void) {
        CLEANUP(failure_done) Failure failure = {};
        MailLimit limit;

        expect_refusal(mail_limit_from_key("smtpacceptmax", &limit, &failure),
                       failure,
                       FAILURE_UNKNOWN_KEY,
                       "smtpacceptmax: there is no such key; there are " LIMITS);
        expect_refusal(mail_limit_from_key("", &limit, &failure),
                       failure,
                       FAILURE_UNKNOWN_KEY,
                       ": there is no such key; there are " LIMITS);
}

static void test_unknown_key_is_shown_cut_and_quoted(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(freep) char *key = NULL;
        MailLimit limit;

        key = malloc(1001);
        g_assert_nonnull(key);
        memset(key, '\n', 1000);
        key[1000] = 0;

        g_assert_cmpint(mail_limit_from_key(key, &limit, &failure), ==, -EINVAL);
        g_assert_cmpuint(strlen(failure.text), <, 1000);
        g_assert_null(strchr(failure.text, '\n'));
        g_assert_true(g_str_has_prefix(failure.text, "\\x0a\\x0a"));
}

static void test_bounds_belong_to_the_values(void) {
        MailLimits limits = {};

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                const MailLimitInfo *info = &mail_limit_infos[i];

                if (mail_limit_is_list((MailLimit) i))
                        continue;
                g_assert_cmpint(mail_limits_set(&limits, (MailLimit) i, info->min, NULL), ==, 0);
                g_assert_cmpuint(limits.value[i], ==, info->min);
                g_assert_cmpint(mail_limits_set(&limits, (MailLimit) i, info->max, NULL), ==, 0);
                g_assert_cmpuint(limits.value[i], ==, info->max);
                g_assert_true(limits.set[i]);
        }
}

static void test_flag_is_true_or_false(void) {
        CLEANUP(failure_done) Failure failure = {};
        MailLimits limits = {};

        expect_refusal(mail_limits_set(&limits, MAIL_LIMIT_REQUIRE_AUTH, 2, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "RequireAuth: 2 is not between 0 and 1");
}

static int set_hosts(MailLimits *limits, const char *const hosts[], Failure *reterr) {
        CLEANUP(string_list_done) StringList list = {};

        for (size_t i = 0; hosts[i]; i++)
                g_assert_cmpint(string_list_append(&list, hosts[i]), ==, 0);

        return mail_limits_set_list(limits, MAIL_LIMIT_SMTP_RESERVE_HOSTS, &list, reterr);
}

#define HOSTS(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void test_hosts_are_normalized_and_sorted(void) {
        CLEANUP(mail_limits_done) MailLimits limits = {};
        const StringList *hosts = &limits.lists[MAIL_LIMIT_SMTP_RESERVE_HOSTS];

        g_assert_cmpint(set_hosts(&limits,
                                  HOSTS("2001:DB8::/32", "192.0.2.1", "2001:db8:0::/32"),
                                  NULL),
                        ==,
                        0);
        g_assert_cmpuint(hosts->count, ==, 2);
        g_assert_cmpstr(hosts->items[0], ==, "192.0.2.1");
        g_assert_cmpstr(hosts->items[1], ==, "2001:db8::/32");
}

static void test_hosts_that_are_none_change_nothing(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(mail_limits_done) MailLimits limits = {};

        expect_refusal(set_hosts(&limits, HOSTS("192.0.2.1", "a.example"), &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpReserveHosts: 'a.example' is neither an address nor a network such as "
                       "192.0.2.0/24");
        expect_refusal(set_hosts(&limits, HOSTS("192.0.2.1/24"), &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpReserveHosts: '192.0.2.1/24' has bits behind its prefix; write the "
                       "network's first address");
        expect_refusal(set_hosts(&limits, HOSTS("::ffff:192.0.2.1"), &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpReserveHosts: '::ffff:192.0.2.1' is an IPv4 address; write it as one");
        expect_refusal(set_hosts(&limits, HOSTS(), &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpReserveHosts: 0 entries are not between 1 and 1000");
        g_assert_true(mail_limits_are_empty(&limits));
}

static void test_copy_is_equal_and_its_own(void) {
        CLEANUP(mail_limits_done) MailLimits limits = {}, copy = {};

        g_assert_cmpint(set_hosts(&limits, HOSTS("192.0.2.1"), NULL), ==, 0);
        g_assert_cmpint(mail_limits_set(&limits, MAIL_LIMIT_MESSAGE_SIZE_LIMIT, 2146435072, NULL),
                        ==,
                        0);
        g_assert_cmpint(mail_limits_copy(&limits, &copy), ==, 0);
        g_assert_true(mail_limits_equal(&limits, &copy));

        g_assert_cmpint(set_hosts(&limits, HOSTS("192.0.2.2"), NULL), ==, 0);
        g_assert_false(mail_limits_equal(&limits, &copy));
        g_assert_cmpstr(copy.lists[MAIL_LIMIT_SMTP_RESERVE_HOSTS].items[0], ==, "192.0.2.1");
}

static void test_value_out_of_bounds_changes_nothing(void) {
        CLEANUP(failure_done) Failure failure = {};
        MailLimits limits = {};

        expect_refusal(mail_limits_set(&limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 100001, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpAcceptMax: 100001 is not between 0 and 100000");
        expect_refusal(mail_limits_set(&limits,
                                       MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST,
                                       UINT64_MAX,
                                       &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpAcceptMaxPerHost: 18446744073709551615 is not between 0 and 100000");
        expect_refusal(mail_limits_set(&limits, MAIL_LIMIT_RECIPIENTS_MAX, 0, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "RecipientsMax: 0 is not between 1 and 1000000");

        expect_refusal(mail_limits_set(&limits,
                                       MAIL_LIMIT_MESSAGE_SIZE_LIMIT,
                                       2146435073,
                                       &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "MessageSizeLimit: 2146435073 is not between 1024 and 2146435072");
        expect_refusal(mail_limits_set(&limits, MAIL_LIMIT_MESSAGE_SIZE_LIMIT, 0, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "MessageSizeLimit: 0 is not between 1024 and 2146435072");

        g_assert_true(mail_limits_are_empty(&limits));
}

static void test_value_that_wraps_to_a_good_one_is_refused(void) {
        MailLimits limits = {};

        g_assert_cmpint(mail_limits_set(&limits,
                                        MAIL_LIMIT_RECIPIENTS_MAX,
                                        (UINT64_C(1) << 32) + 100,
                                        NULL),
                        ==,
                        -EINVAL);
}

static void test_equal_looks_only_at_what_is_set(void) {
        MailLimits a = {}, b = {};

        g_assert_true(mail_limits_are_empty(&a));
        a.value[MAIL_LIMIT_RECIPIENTS_MAX] = 7;
        g_assert_true(mail_limits_equal(&a, &b));

        a.set[MAIL_LIMIT_RECIPIENTS_MAX] = true;
        g_assert_false(mail_limits_are_empty(&a));
        g_assert_false(mail_limits_equal(&a, &b));

        b.set[MAIL_LIMIT_RECIPIENTS_MAX] = true;
        g_assert_false(mail_limits_equal(&a, &b));

        b.value[MAIL_LIMIT_RECIPIENTS_MAX] = 7;
        g_assert_true(mail_limits_equal(&a, &b));
}

static void test_no_limit_beside_a_limit_per_host_is_refused(void) {
        for (uint32_t per_host = 0; per_host <= 10; per_host += 10) {
                CLEANUP(failure_done) Failure failure = {};
                MailLimits limits = {};

                g_assert_cmpint(mail_limits_set(&limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 0, NULL),
                                ==,
                                0);
                g_assert_cmpint(mail_limits_check(&limits, NULL), ==, 0);

                g_assert_cmpint(mail_limits_set(&limits,
                                                MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST,
                                                per_host,
                                                NULL),
                                ==,
                                0);
                expect_refusal(mail_limits_check(&limits, &failure),
                               failure,
                               FAILURE_INVALID_VALUE,
                               "SmtpAcceptMax: 0 (no limit) is not possible while "
                               "SmtpAcceptMaxPerHost is set: Exim does not start then");

                g_assert_cmpint(mail_limits_set(&limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 1, NULL),
                                ==,
                                0);
                g_assert_cmpint(mail_limits_check(&limits, NULL), ==, 0);
        }
}

static void test_limit_per_host_alone_passes(void) {
        MailLimits limits = {};

        g_assert_cmpint(mail_limits_set(&limits, MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST, 5, NULL),
                        ==,
                        0);
        g_assert_cmpint(mail_limits_check(&limits, NULL), ==, 0);
}

static void set(MailLimits *limits, MailLimit limit, uint64_t value) {
        g_assert_cmpint(mail_limits_set(limits, limit, value, NULL), ==, 0);
}

static void test_no_limit_beside_a_queue_is_refused(void) {
        CLEANUP(failure_done) Failure failure = {};
        MailLimits limits = {};

        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 0);
        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_QUEUE, 5);
        expect_refusal(mail_limits_check(&limits, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpAcceptMax: 0 (no limit) is not possible while SmtpAcceptQueue is set: "
                       "Exim does not start then");
        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_QUEUE, 0);
        g_assert_cmpint(mail_limits_check(&limits, NULL), ==, 0);
}

static void test_reserve_and_queue_are_below_the_limit(void) {
        CLEANUP(failure_done) Failure failure = {};
        MailLimits limits = {};

        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 10);
        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_RESERVE, 9);
        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_QUEUE, 9);
        g_assert_cmpint(mail_limits_check(&limits, NULL), ==, 0);

        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_QUEUE, 10);
        expect_refusal(mail_limits_check(&limits, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpAcceptQueue: 10 is not below SmtpAcceptMax, which is 10: it would "
                       "never be reached");
        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_RESERVE, 10);
        expect_refusal(mail_limits_check(&limits, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "SmtpAcceptReserve: 10 is not below SmtpAcceptMax, which is 10: Exim would "
                       "refuse every connection");
}

static void test_hosts_without_a_reserve_are_refused(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(mail_limits_done) MailLimits limits = {};

        g_assert_cmpint(set_hosts(&limits, HOSTS("192.0.2.1"), NULL), ==, 0);
        for (unsigned i = 0; i < 2; i++) {
                expect_refusal(mail_limits_check(&limits, &failure),
                               failure,
                               FAILURE_INVALID_VALUE,
                               "SmtpReserveHosts: needs SmtpAcceptReserve, the number of "
                               "connections that are reserved");
                set(&limits, MAIL_LIMIT_SMTP_ACCEPT_RESERVE, 0);
        }
        set(&limits, MAIL_LIMIT_SMTP_ACCEPT_RESERVE, 1);
        g_assert_cmpint(mail_limits_check(&limits, NULL), ==, 0);
}

static void test_exceptions_from_nothing_are_refused(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(string_list_done) StringList hosts = {};
        CLEANUP(mail_limits_done) MailLimits limits = {};

        g_assert_cmpint(string_list_append(&hosts, "192.0.2.1"), ==, 0);
        g_assert_cmpint(mail_limits_set_list(&limits, MAIL_LIMIT_RELAY_EXCEPTIONS, &hosts, NULL),
                        ==,
                        0);
        expect_refusal(mail_limits_check(&limits, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "RelayExceptions: needs RequireAuth, from which they are excepted");
        set(&limits, MAIL_LIMIT_REQUIRE_AUTH, 0);
        g_assert_cmpint(mail_limits_check(&limits, NULL), ==, 0);
}

static void test_check_knows_the_bounds_too(void) {
        CLEANUP(failure_done) Failure failure = {};
        MailLimits limits = {};

        limits.set[MAIL_LIMIT_RECIPIENTS_MAX] = true;
        expect_refusal(mail_limits_check(&limits, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "RecipientsMax: 0 is not between 1 and 1000000");
}

static void test_rate_of_none_is_told_what_to_do(void) {
        CLEANUP(failure_done) Failure failure = {};
        MailLimits limits = {};

        for (MailLimit i = MAIL_LIMIT_HOURLY_PER_DOMAIN; i <= MAIL_LIMIT_DAILY_PER_USER; i++) {
                g_autofree char *text = g_strdup_printf(
                                "%s: 0 is not between 1 and 10000000; ResetMailLimits for no "
                                "limit, DeniedMailUsers to forbid",
                                mail_limit_infos[i].key);

                expect_refusal(mail_limits_set(&limits, i, 0, &failure),
                               failure,
                               FAILURE_INVALID_VALUE,
                               text);
        }
}

static void test_choice_is_one_of_its_words(void) {
        static const char *const words[] = { "hold", "defer", "reject", "observe" };
        CLEANUP(failure_done) Failure failure = {};
        MailLimits limits = {};

        for (size_t i = 0; i < ELEMENTS_OF(words); i++) {
                g_assert_cmpint(mail_limits_set_choice(
                                                &limits,
                                                MAIL_LIMIT_OVER_LIMIT_ACTION,
                                                words[i],
                                                NULL),
                                ==,
                                0);
                g_assert_cmpuint(limits.value[MAIL_LIMIT_OVER_LIMIT_ACTION], ==, i);
                g_assert_cmpstr(mail_limits_choice(&limits, MAIL_LIMIT_OVER_LIMIT_ACTION),
                                ==,
                                words[i]);
        }
        expect_refusal(mail_limits_set_choice(
                                       &limits, MAIL_LIMIT_METER_FALLBACK, "Accept\n", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "MeterFallback: 'Accept\\x0a' is none of 'accept', 'defer'");
}

static int set_users(MailLimits *limits, const char *const users[], Failure *reterr) {
        CLEANUP(string_list_done) StringList list = {};

        for (size_t i = 0; users[i]; i++)
                g_assert_cmpint(string_list_append(&list, users[i]), ==, 0);

        return mail_limits_set_list(limits, MAIL_LIMIT_DENIED_MAIL_USERS, &list, reterr);
}

static void test_users_are_names(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(mail_limits_done) MailLimits limits = {};
        const StringList *users = &limits.lists[MAIL_LIMIT_DENIED_MAIL_USERS];

        g_assert_cmpint(set_users(&limits, HOSTS("www-data", "nobody", "nobody"), NULL), ==, 0);
        g_assert_cmpuint(users->count, ==, 2);
        g_assert_cmpstr(users->items[0], ==, "nobody");
        expect_refusal(set_users(&limits, HOSTS("a:b"), &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "DeniedMailUsers: 'a:b' holds '/' or ':'");
        expect_refusal(set_users(&limits, HOSTS(), &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "DeniedMailUsers: 0 entries are not between 1 and 1000");
}

static void test_meter_is_needed_for_what_it_counts_or_forbids(void) {
        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++) {
                CLEANUP(mail_limits_done) MailLimits limits = {};
                bool needed = mail_limit_infos[i].is_rate || i == MAIL_LIMIT_DENIED_MAIL_USERS ||
                              i == MAIL_LIMIT_FAIL_DEFER_PERCENT || i == MAIL_LIMIT_SMTP_AUTH;

                limits.set[i] = true;
                g_assert_cmpint(mail_limits_need_meter(&limits), ==, needed);
                limits.has_subjects = true;
                g_assert_true(mail_limits_need_meter(&limits));
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/mail-limits/each-key-names-its-limit", test_each_key_names_its_limit);
        g_test_add_func("/mail-limits/unknown-key-is-told-those-that-exist",
                        test_unknown_key_is_told_those_that_exist);
        g_test_add_func("/mail-limits/unknown-key-is-shown-cut-and-quoted",
                        test_unknown_key_is_shown_cut_and_quoted);
        g_test_add_func("/mail-limits/bounds-belong-to-the-values",
                        test_bounds_belong_to_the_values);
        g_test_add_func("/mail-limits/value-out-of-bounds-changes-nothing",
                        test_value_out_of_bounds_changes_nothing);
        g_test_add_func("/mail-limits/value-that-wraps-to-a-good-one-is-refused",
                        test_value_that_wraps_to_a_good_one_is_refused);
        g_test_add_func("/mail-limits/equal-looks-only-at-what-is-set",
                        test_equal_looks_only_at_what_is_set);
        g_test_add_func("/mail-limits/no-limit-beside-a-limit-per-host-is-refused",
                        test_no_limit_beside_a_limit_per_host_is_refused);
        g_test_add_func("/mail-limits/limit-per-host-alone-passes",
                        test_limit_per_host_alone_passes);
        g_test_add_func("/mail-limits/check-knows-the-bounds-too", test_check_knows_the_bounds_too);
#define ADD(path, name) g_test_add_func("/mail-limits/" path, test_##name)
        ADD("rate-of-none-is-told-what-to-do", rate_of_none_is_told_what_to_do);
        ADD("choice-is-one-of-its-words", choice_is_one_of_its_words);
        ADD("users-are-names", users_are_names);
        ADD("meter-is-needed-for-what-it-counts-or-forbids",
            meter_is_needed_for_what_it_counts_or_forbids);
        ADD("hosts-are-normalized-and-sorted", hosts_are_normalized_and_sorted);
        ADD("hosts-that-are-none-change-nothing", hosts_that_are_none_change_nothing);
        ADD("copy-is-equal-and-its-own", copy_is_equal_and_its_own);
        ADD("no-limit-beside-a-queue-is-refused", no_limit_beside_a_queue_is_refused);
        ADD("reserve-and-queue-are-below-the-limit", reserve_and_queue_are_below_the_limit);
        ADD("hosts-without-a-reserve-are-refused", hosts_without_a_reserve_are_refused);
        ADD("flag-is-true-or-false", flag_is_true_or_false);
        ADD("exceptions-from-nothing-are-refused", exceptions_from_nothing_are_refused);
#undef ADD
        return g_test_run();
}
