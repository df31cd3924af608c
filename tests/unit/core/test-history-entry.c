/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "core/history-entry.h"
#include "util/text.h"

static void set_limit(Policy *policy, MailLimit limit, uint64_t value) {
        g_assert_cmpint(mail_limits_set(&policy->mail_limits, limit, value, NULL), ==, 0);
}

/* Enabled, one limit set and one given back. */
static void fill(HistoryEntry *entry) {
        CLEANUP(policy_done) Policy before = {};

        history_entry_init(entry);
        policy_init(&before);
        set_limit(&before, MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST, 5);
        entry->policy.enabled = true;
        set_limit(&entry->policy, MAIL_LIMIT_SMTP_ACCEPT_MAX, 50);
        g_assert_cmpint(string_list_append(&entry->policy.allowed_users, "alice"), ==, 0);
        entry->generation = 12;
        entry->change.uid = 1000;
        entry->change.user = strdup("admin");
        entry->change.action = strdup("SetPolicy");
        entry->change.when_usec = UINT64_C(1763633100000000);
        g_assert_cmpint(policy_change_between(&before, &entry->policy, &entry->delta), ==, 0);
}

static void test_an_entry_comes_back_as_it_was(void) {
        CLEANUP(history_entry_done) HistoryEntry before, after;
        CLEANUP(freep) char *text = NULL, *keys = NULL;
        size_t size;

        fill(&before);
        history_entry_init(&after);

        g_assert_cmpint(history_entry_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(history_entry_from_text(text, size, &after, NULL), ==, 0);

        g_assert_true(policy_equal(&before.policy, &after.policy));
        g_assert_cmpuint(after.generation, ==, 12);
        g_assert_cmpuint(after.change.uid, ==, 1000);
        g_assert_cmpstr(after.change.user, ==, "admin");
        g_assert_cmpstr(after.change.action, ==, "SetPolicy");
        g_assert_cmpuint(after.change.when_usec, ==, before.change.when_usec);
        keys = policy_change_describe(&after.delta);
        g_assert_cmpstr(keys,
                        ==,
                        "Enabled, AllowedUsers, MailLimits.SmtpAcceptMax, "
                        "MailLimits.SmtpAcceptMaxPerHost");
}

static void test_what_changed_has_the_values_of_the_policy(void) {
        CLEANUP(history_entry_done) HistoryEntry before, after;
        CLEANUP(freep) char *text = NULL;
        size_t size;

        fill(&before);
        history_entry_init(&after);

        g_assert_cmpint(history_entry_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(history_entry_from_text(text, size, &after, NULL), ==, 0);

        g_assert_true(after.delta.values.enabled);
        g_assert_cmpuint(after.delta.values.mail_limits.value[MAIL_LIMIT_SMTP_ACCEPT_MAX], ==, 50);
        g_assert_true(after.delta.reset[MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST]);
        g_assert_false(after.delta.reset[MAIL_LIMIT_SMTP_ACCEPT_MAX]);
        g_assert_true(string_list_contains(&after.delta.values.allowed_users, "alice"));
}

static void test_every_cut_of_an_entry_is_refused(void) {
        CLEANUP(history_entry_done) HistoryEntry entry;
        CLEANUP(freep) char *text = NULL;
        size_t size;

        fill(&entry);
        g_assert_cmpint(history_entry_to_text(&entry, &text, &size), ==, 0);

        /* the last two bytes are the closing brace and the newline */
        for (size_t cut = 0; cut + 2 < size; cut++) {
                CLEANUP(history_entry_done) HistoryEntry torn;

                history_entry_init(&torn);
                g_assert_cmpint(history_entry_from_text(text, cut, &torn, NULL), ==, -EINVAL);
        }
}

/* One thing wrong in an entry that is right otherwise. */
static void test_a_damaged_entry_is_refused(void) {
        static const char *const damage[][2] = {
                { "{\"Version\":1,\"G", "{\"Version\":2,\"G" },
                { "\"Generation\":12", "\"Generation\":\"12\"" },
                { "[\"Enabled\"", "[\"Nonsense\"" },
                { "[\"Enabled\"", "[1" },
                { "MailLimits.SmtpAcceptMax\"", "MailLimits.Nonsense\"" },
                { "\"Changed\":[", "\"Changed\":{},\"X\":[" },
                { "\"Policy\":{", "\"Policy\":[],\"X\":{" },
        };
        CLEANUP(history_entry_done) HistoryEntry entry;
        CLEANUP(freep) char *text = NULL;

        fill(&entry);
        g_assert_cmpint(history_entry_to_text(&entry, &text, NULL), ==, 0);

        for (size_t i = 0; i < ELEMENTS_OF(damage); i++) {
                CLEANUP(history_entry_done) HistoryEntry damaged;
                CLEANUP(failure_done) Failure failure = {};
                g_auto(GStrv) parts = g_strsplit(text, damage[i][0], 2);
                g_autofree char *wrong = g_strjoinv(damage[i][1], parts);

                history_entry_init(&damaged);
                g_assert_cmpuint(g_strv_length(parts), ==, 2);
                g_assert_cmpint(history_entry_from_text(wrong, strlen(wrong), &damaged, &failure),
                                ==,
                                -EINVAL);
                g_assert_nonnull(failure.text);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/history-entry/comes-back-as-it-was", test_an_entry_comes_back_as_it_was);
        g_test_add_func("/history-entry/what-changed-has-the-values-of-the-policy",
                        test_what_changed_has_the_values_of_the_policy);
        g_test_add_func("/history-entry/every-cut-is-refused",
                        test_every_cut_of_an_entry_is_refused);
        g_test_add_func("/history-entry/damage-is-refused", test_a_damaged_entry_is_refused);
        return g_test_run();
}
