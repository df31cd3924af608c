/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/answers.h"
#include "bus/codec-write.h"
#include "unit/message.h"
#include "util/text.h"

static void test_what_is_written_can_be_read_again(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(policy_change_done) PolicyChange change = {};
        CLEANUP(policy_done) Policy read = {};
        CLEANUP(failure_done) Failure failure = {};
        Snapshot snapshot = {};
        Policy *policy = &snapshot.policy;
        const char *key;
        uint64_t generation;

        policy_init(policy);
        policy_init(&read);
        policy_change_init(&change);
        policy->enabled = true;
        policy->contact = strdup("help@example.org");
        policy->cut_existing = TRISTATE_FALSE;
        g_assert_cmpint(string_list_append(&policy->allowed_users, "adam"), ==, 0);
        g_assert_cmpint(string_list_append(&policy->allowed_groups, "mailers"), ==, 0);
        g_assert_cmpint(mail_limits_set(&policy->mail_limits, MAIL_LIMIT_RECIPIENTS_MAX, 7, NULL),
                        ==,
                        0);
        policy->port_verdicts_set = true;
        snapshot.facts.verdicts = policy->port_verdicts;
        snapshot.generation = 12;

        g_assert_cmpint(answer_append_policy(m, &snapshot), ==, 0);
        message_seal(m);

        /* Generation comes first and belongs to no policy: a client takes it out */
        g_assert_cmpint(sd_bus_message_enter_container(m, 'a', "{sv}"), >, 0);
        g_assert_cmpint(sd_bus_message_read(m, "{sv}", &key, "t", &generation), >, 0);
        g_assert_cmpstr(key, ==, "Generation");
        g_assert_cmpuint(generation, ==, 12);

        {
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *back = message_new();

                g_assert_cmpint(sd_bus_message_open_container(back, 'a', "{sv}"), >=, 0);
                while (sd_bus_message_at_end(m, false) == 0)
                        g_assert_cmpint(sd_bus_message_copy(back, m, false), >=, 0);
                g_assert_cmpint(sd_bus_message_close_container(back), >=, 0);
                message_seal(back);

                change.replace = true;
                g_assert_cmpint(codec_read_policy(back, true, &change, &failure), ==, 0);
        }
        g_assert_cmpint(policy_change_apply(&change, &read, &read, &failure), ==, 0);
        g_assert_true(policy_equal(&read, policy));

        policy_done(policy);
}

static AllowedIds three_ids(void) {
        AllowedIds ids = {};

        g_assert_cmpint(allowed_ids_append(&ids, 0, BECAUSE_ROOT, "root", NULL), ==, 0);
        g_assert_cmpint(allowed_ids_append(&ids, 5, BECAUSE_ALLOWED_GROUP, "eve", "staff"), ==, 0);
        g_assert_cmpint(allowed_ids_append(&ids, 9, BECAUSE_ALLOWED_USER, "zoe", NULL), ==, 0);
        allowed_ids_sort(&ids);
        return ids;
}

static void assert_page(const Page *page, const char *there, const char *not_there) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(allowed_ids_done) AllowedIds ids = three_ids();
        CLEANUP(freep) char *text = NULL;

        g_assert_cmpint(answer_append_allowed(m, &ids, page), ==, 0);
        text = message_dump(m);
        message_assert_holds(text, there);
        g_assert_null(strstr(text, not_there));
}

static void test_pages_follow_each_other(void) {
        assert_page(&(Page){ .most = 2 }, "\"eve\"", "\"zoe\"");
        assert_page(&(Page){ .most = 2, .after_set = true, .after = 5 }, "\"zoe\"", "\"eve\"");
        /* the uid that ended a page may be gone by now */
        assert_page(&(Page){ .most = 2, .after_set = true, .after = 7 }, "\"zoe\"", "\"eve\"");
        assert_page(&(Page){ .most = 1, .after_set = true, .after = 0 }, "\"eve\"", "\"root\"");
}

static void test_an_end_is_an_empty_page(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(allowed_ids_done) AllowedIds ids = three_ids();
        const Page page = { .most = 2, .after_set = true, .after = 9 };

        g_assert_cmpint(answer_append_allowed(m, &ids, &page), ==, 0);
        message_seal(m);
        g_assert_cmpint(sd_bus_message_enter_container(m, 'a', "a{sv}"), >, 0);
        g_assert_cmpint(sd_bus_message_at_end(m, false), >, 0);
}

static void test_reasons_are_given(void) {
        assert_page(&(Page){ .most = 9 }, "\"AllowedGroups\"", "\"mailman\"");
        assert_page(&(Page){ .most = 9 }, "\"staff\"", "\"mailman\"");
}

static void test_a_preview_survives_foreign_bytes(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(freep) char *text = NULL;
        char path[] = "/etc/exim4/exim4.conf", diff[] = "-# Gr\xfc\xdf"
                                                        "e\n";
        EximDiff diffs[] = { { path, diff } };
        char ruleset[] = "table inet smtp_restrictions";
        const JobResult result = { .ruleset = ruleset, .diffs = diffs, .diff_count = 1 };

        g_assert_cmpint(answer_append_preview(m, &result), ==, 0);
        text = message_dump(m);
        message_assert_holds(text, "Gr??e");
        message_assert_holds(text, "/etc/exim4/exim4.conf");
}

static void test_affected_connections_are_cut_off_and_counted(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) AffectedConnection *items = calloc(2000, sizeof(*items));
        JobResult result = { .affected = { .items = items, .count = 2000 } };

        for (uint16_t i = 0; i < 2000; i++)
                items[i] = (AffectedConnection){ .uid = 7, .address = "192.0.2.1", .port = i };

        g_assert_cmpint(answer_append_preview(m, &result), ==, 0);
        text = message_dump(m);
        message_assert_holds(text, "UINT64 2000");
        message_assert_holds(text, "UINT16 999;");
        g_assert_null(strstr(text, "UINT16 1000;"));
}

static void test_problems_have_all_their_keys(void) {
        static const char *const keys[] = { "Id", "Severity", "Text", "Hint", "Since", "More" };
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(problems_done) Problems problems = {};
        CLEANUP(freep) char *text = NULL;

        g_assert_cmpint(problems_add(&problems,
                                     PROBLEM_REDIRECT_NEEDS_MTA,
                                     PROBLEM_SEVERITY_WARNING,
                                     strdup("nobody listens"),
                                     strdup("start it")),
                        ==,
                        0);
        g_assert_cmpint(codec_append_problems(m, &problems), ==, 0);

        text = message_dump(m);
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
                message_assert_holds(text, keys[i]);
        message_assert_holds(text, "redirect-needs-mta");
}

/* As the contract has it in D-Bus's types. */
static const char *const types[] = {
        [MAIL_LIMIT_TYPE_U32] = "u",    [MAIL_LIMIT_TYPE_U64] = "t",
        [MAIL_LIMIT_TYPE_BOOL] = "b",   [MAIL_LIMIT_TYPE_CHOICE] = "s",
        [MAIL_LIMIT_TYPE_HOSTS] = "as", [MAIL_LIMIT_TYPE_USERS] = "as",
};

static void set_any(MailLimits *limits, MailLimit limit) {
        const MailLimitInfo *info = &mail_limit_infos[limit];
        char item[] = "192.0.2.1", *items[] = { item };
        const StringList list = { .items = items, .count = 1 };

        if (mail_limit_is_list(limit))
                g_assert_cmpint(mail_limits_set_list(limits, limit, &list, NULL), ==, 0);
        else
                g_assert_cmpint(mail_limits_set(limits, limit, info->max, NULL), ==, 0);
}

static void test_each_limit_has_its_type(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        CLEANUP(mail_limits_done) MailLimits limits = {};
        const char *key, *contents;
        size_t count = 0;
        char type;

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                set_any(&limits, i);
        g_assert_cmpint(sd_bus_message_open_container(m, 'a', "{sv}"), >=, 0);
        g_assert_cmpint(codec_append_limits_entry(m, "MailLimits", &limits), >=, 0);
        g_assert_cmpint(sd_bus_message_close_container(m), >=, 0);
        message_seal(m);

        g_assert_cmpint(sd_bus_message_enter_container(m, 'a', "{sv}"), >, 0);
        g_assert_cmpint(sd_bus_message_enter_container(m, 'e', "sv"), >, 0);
        g_assert_cmpint(sd_bus_message_read_basic(m, 's', &key), >, 0);
        g_assert_cmpint(sd_bus_message_enter_container(m, 'v', "a{sv}"), >, 0);
        g_assert_cmpint(sd_bus_message_enter_container(m, 'a', "{sv}"), >, 0);
        for (; sd_bus_message_enter_container(m, 'e', "sv") > 0; count++) {
                g_assert_cmpint(sd_bus_message_read_basic(m, 's', &key), >, 0);
                g_assert_cmpstr(key, ==, mail_limit_infos[count].key);
                g_assert_cmpint(sd_bus_message_peek_type(m, &type, &contents), >, 0);
                g_assert_cmpstr(contents, ==, types[mail_limit_infos[count].type]);
                g_assert_cmpint(sd_bus_message_skip(m, "v"), >, 0);
                g_assert_cmpint(sd_bus_message_exit_container(m), >, 0);
        }
        g_assert_cmpuint(count, ==, _MAIL_LIMIT_MAX);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/bus/codec-write/again", test_what_is_written_can_be_read_again);
        g_test_add_func("/bus/codec-write/pages", test_pages_follow_each_other);
        g_test_add_func("/bus/codec-write/end", test_an_end_is_an_empty_page);
        g_test_add_func("/bus/codec-write/because", test_reasons_are_given);
        g_test_add_func("/bus/codec-write/foreign", test_a_preview_survives_foreign_bytes);
        g_test_add_func("/bus/codec-write/affected",
                        test_affected_connections_are_cut_off_and_counted);
        g_test_add_func("/bus/codec-write/problems", test_problems_have_all_their_keys);
        g_test_add_func("/bus/codec-write/limits", test_each_limit_has_its_type);

        return g_test_run();
}
