/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Property: any policy that passes policy_check() can be written to policy.json and read back, and
 * its text is a fixed point. */

#include "expect.h"
#include "policy/policy-text.h"
#include "util/text.h"

static char *write_text(const Policy *policy) {
        char *text;
        size_t size;

        g_assert_cmpint(policy_check(policy, NULL), ==, 0);
        g_assert_cmpint(policy_to_text(policy, &text, &size), ==, 0);
        g_assert_cmpuint(strlen(text), ==, size);
        return text;
}

static void read_text(const char *text, Policy *ret) {
        CLEANUP(failure_done) Failure failure = {};
        TextPosition where;

        if (policy_from_text(text, strlen(text), ret, &where, &failure) != 0)
                g_error("%s: %s", text, failure.text);
}

/* A character of one to four bytes that may stand in a name; those that JSON escapes often. */
static void append_random_character(Text *text) {
        static const char *const some[] = { "\"", "\\", "a", "Z", " ", "-", "$", "'", "{", "," };
        gunichar c;
        char bytes[6];
        int size;

        if (g_test_rand_bit()) {
                text_append_string(text, some[g_test_rand_int_range(0, ELEMENTS_OF(some))]);
                return;
        }

        do {
                c = (gunichar) g_test_rand_int_range(0x20, g_test_rand_bit() ? 0x800 : 0x110000);
        } while (c == '/' || c == ':' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000));
        size = g_unichar_to_utf8(c, bytes);
        text_append(text, bytes, (size_t) size);
}

static char *random_text(size_t size_max) {
        CLEANUP(text_done) Text text = {};
        gint32 characters = g_test_rand_int_range(1, g_test_rand_bit() ? 8 : 60);
        char *data;

        for (gint32 i = 0; i < characters && text.size + 4 <= size_max; i++)
                append_random_character(&text);
        g_assert_cmpint(text_finish(&text, &data, NULL), ==, 0);
        return data;
}

static void random_names(StringList *list) {
        gint32 count = g_test_rand_int_range(0, 20);

        for (gint32 i = 0; i < count; i++) {
                CLEANUP(freep) char *name = random_text(SMTP_RESTRICTIONS_NAME_SIZE_MAX);

                g_assert_cmpint(string_list_append(list, name), ==, 0);
        }
        string_list_sort_unique(list);
}

static void random_verdicts(PortVerdicts *verdicts) {
        gint32 count = g_test_rand_int_range(1, SMTP_RESTRICTIONS_PORTS_MAX + 1);

        *verdicts = (PortVerdicts){};
        while (verdicts->count < (size_t) count)
                /* a port that is there already is another turn of the loop */
                IGNORE_RESULT(port_verdicts_add(
                                verdicts,
                                (uint16_t) g_test_rand_int_range(1, 65536),
                                g_test_rand_bit() ? PORT_VERDICT_REJECT : PORT_VERDICT_REDIRECT));
}

static void random_hosts(MailLimits *limits, MailLimit limit) {
        CLEANUP(string_list_done) StringList hosts = {};

        for (gint32 i = g_test_rand_int_range(1, 20); i > 0; i--) {
                g_autofree char *host =
                                g_strdup_printf("%d.%d.0.0/16",
                                                g_test_rand_int_range(0, 256),
                                                g_test_rand_int_range(0, 256));

                g_assert_cmpint(string_list_append(&hosts, host), ==, 0);
        }

        g_assert_cmpint(mail_limits_set_list(limits, limit, &hosts, NULL), ==, 0);
}

/* What is reserved and queued is below what is accepted. */
static void random_limits(MailLimits *limits) {
        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++) {
                gint32 value = g_test_rand_int_range(1024, 100001);

                if (i == MAIL_LIMIT_SMTP_ACCEPT_QUEUE || i == MAIL_LIMIT_SMTP_ACCEPT_RESERVE)
                        value = g_test_rand_int_range(0, 1024);
                if (mail_limit_infos[i].type == MAIL_LIMIT_TYPE_BOOL)
                        value = g_test_rand_bit();
                if (i == MAIL_LIMIT_OVER_LIMIT_PERCENT)
                        value = g_test_rand_int_range(100, 10001);
                if (i == MAIL_LIMIT_FAIL_DEFER_PERCENT)
                        value = g_test_rand_int_range(1, 101);
                if (mail_limit_infos[i].type == MAIL_LIMIT_TYPE_CHOICE)
                        value = g_test_rand_int_range(0, (gint32) mail_limit_infos[i].max + 1);
                if (!mail_limit_is_list(i) && g_test_rand_bit())
                        g_assert_cmpint(mail_limits_set(limits, i, (uint64_t) value, NULL), ==, 0);
        }

        if (g_test_rand_bit()) {
                random_hosts(limits, MAIL_LIMIT_SMTP_RESERVE_HOSTS);
                g_assert_cmpint(mail_limits_set(limits, MAIL_LIMIT_SMTP_ACCEPT_RESERVE, 1, NULL),
                                ==,
                                0);
        }
        if (limits->set[MAIL_LIMIT_REQUIRE_AUTH] && g_test_rand_bit())
                random_hosts(limits, MAIL_LIMIT_RELAY_EXCEPTIONS);
}

static void random_policy(Policy *policy) {
        policy_init(policy);
        policy->enabled = g_test_rand_bit();
        policy->observe = g_test_rand_bit();
        policy->cut_existing = (Tristate) g_test_rand_int_range(-1, 2);
        policy->port_verdicts_set = g_test_rand_bit();
        if (policy->port_verdicts_set)
                random_verdicts(&policy->port_verdicts);
        random_names(&policy->allowed_users);
        random_names(&policy->allowed_groups);
        if (g_test_rand_bit())
                policy->contact = random_text(SMTP_RESTRICTIONS_CONTACT_SIZE_MAX);

        if (g_test_rand_bit())
                policy->domain_owners = g_strdup("/etc/userdomains");
        if (g_test_rand_bit())
                policy->shared_counters = g_strdup("redis://mail@[2001:db8::1]:6380/2");
        policy->shared_share = (uint32_t) g_test_rand_int_range(1, 101);

        random_limits(&policy->mail_limits);
}

static void test_text_of_any_policy_is_read_back_equal(void) {
        for (unsigned i = 0; i < 4000; i++) {
                CLEANUP(policy_done) Policy policy = {}, again = {};
                CLEANUP(freep) char *text = NULL, *text_again = NULL;

                random_policy(&policy);
                text = write_text(&policy);
                read_text(text, &again);
                if (!policy_equal(&policy, &again))
                        g_error("not equal: %s", text);

                text_again = write_text(&again);
                g_assert_cmpstr(text, ==, text_again);
        }
}

static void test_json_of_any_policy_is_read_back_equal(void) {
        for (unsigned i = 0; i < 1000; i++) {
                CLEANUP(policy_done) Policy policy = {}, again = {};
                CLEANUP(json_decrefp) json_t *json = NULL;

                random_policy(&policy);
                json = policy_to_json(&policy);
                g_assert_nonnull(json);
                g_assert_cmpint(policy_from_json(json, &again, NULL), ==, 0);
                g_assert_true(policy_equal(&policy, &again));
        }
}

static void test_largest_policy_fits(void) {
        CLEANUP(policy_done) Policy policy = {}, again = {};
        CLEANUP(freep) char *text = NULL;

        policy_init(&policy);
        /* backslashes, of which each is two bytes of JSON; the digits make the names unique */
        for (unsigned i = 0; i < SMTP_RESTRICTIONS_ALLOWED_USERS_MAX; i++) {
                char name[SMTP_RESTRICTIONS_NAME_SIZE_MAX + 1];

                memset(name, '\\', SMTP_RESTRICTIONS_NAME_SIZE_MAX);
                g_snprintf(name + SMTP_RESTRICTIONS_NAME_SIZE_MAX - 5, 6, "%05u", i);
                g_assert_cmpint(string_list_append(&policy.allowed_users, name), ==, 0);
                if (i < SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX)
                        g_assert_cmpint(string_list_append(&policy.allowed_groups, name), ==, 0);
        }
        text = write_text(&policy);
        read_text(text, &again);
        g_assert_true(policy_equal(&policy, &again));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/policy-round-trip/text-of-any-policy-is-read-back-equal",
                        test_text_of_any_policy_is_read_back_equal);
        g_test_add_func("/policy-round-trip/json-of-any-policy-is-read-back-equal",
                        test_json_of_any_policy_is_read_back_equal);
        g_test_add_func("/policy-round-trip/largest-policy-fits", test_largest_policy_fits);
        return g_test_run();
}
