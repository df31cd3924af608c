/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "ctl/complete.h"
#include "util/text.h"

static const Verb verbs[] = {
        { "status", NULL, 0, 0, true, false, NULL },
        { "allow", NULL, 1, 1, false, false, NULL },
        { "apply", NULL, 0, 0, false, false, NULL },
        { "disallow", NULL, 1, 1, false, false, NULL },
        { "import", NULL, 2, 2, true, false, NULL },
        { "limits", "set", 1, SIZE_MAX, false, false, NULL },
        { "limits", "reset", 0, SIZE_MAX, false, false, NULL },
        { "limits", NULL, 0, 0, true, false, NULL },
        { "policy", "set", 1, SIZE_MAX, false, false, NULL },
        { "rollback", NULL, 1, 1, false, false, NULL },
        { "subject", "set", 2, SIZE_MAX, false, false, NULL },
};

static const struct option options[] = {
        { "json", no_argument, NULL, 256 },
        { "verdict", required_argument, NULL, 257 },
        { "file", required_argument, NULL, 'f' },
        {},
};

static void list(void *context, CompleteKind kind, CompleteAdd add, void *userdata) {
        static const char *const names[] = {
                [COMPLETE_USERS] = "alice",
                [COMPLETE_GROUPS] = "staff",
                [COMPLETE_EXCEPTIONS] = "e1",
                [COMPLETE_HISTORY] = "h1",
                [COMPLETE_SUBJECTS] = "domain:a.test",
        };

        g_assert_null(context);
        add(userdata, names[kind]);
        if (kind == COMPLETE_USERS) {
                add(userdata, "bob");
                add(userdata, "evil\nname");
        }
}

/* Candidates with blanks between; `words` too, so that they may end with an empty one. */
static void assert_candidates(const char *words, const char *expected) {
        static const CompleteGrammar grammar = {
                .verbs = verbs, .verb_count = ELEMENTS_OF(verbs), .options = options, .list = list
        };
        char **split = g_strsplit(words, " ", -1);
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *found = NULL;

        complete_words(&grammar, (const char *const *) split, g_strv_length(split), &text);
        g_assert_cmpint(text_finish(&text, &found, NULL), ==, 0);
        g_strdelimit(g_strchomp(found), "\n", ' ');
        g_assert_cmpstr(found, ==, expected);
        g_strfreev(split);
}

static void test_commands_and_their_second_words(void) {
        assert_candidates("", "status allow apply disallow import limits policy rollback subject");
        assert_candidates("a", "allow apply");
        assert_candidates("limits ", "set reset");
        assert_candidates("limits s", "set");
        assert_candidates("nothing ", "");
        assert_candidates("status ", "");
}

static void test_options_and_their_values(void) {
        assert_candidates("status --", "--json --verdict --file");
        assert_candidates("--j", "--json");
        assert_candidates("allow bob --verdict re", "reject redirect");
        assert_candidates("apply -f /e", "<files>");
        assert_candidates("apply --file ", "<files>");
}

static void test_options_are_no_arguments(void) {
        assert_candidates("--json --verdict reject allow a", "alice");
}

static void test_users_groups_and_ids_where_they_belong(void) {
        assert_candidates("allow ", "alice bob group:staff");
        assert_candidates("allow g", "group:staff");
        assert_candidates("allow alice ", "");
        assert_candidates("disallow ", "e1 alice bob group:staff");
        assert_candidates("rollback ", "h1");
        assert_candidates("import ", "csf cpanel imunify");
        assert_candidates("import csf /etc", "<files>");
        assert_candidates("subject set ", "domain:a.test domain: mailbox: user:");
        assert_candidates("subject set user:a", "user:alice");
}

static void test_keys_and_their_values(void) {
        assert_candidates("policy set Obs", "Observe=");
        assert_candidates("policy set Observe=", "Observe=yes Observe=no");
        assert_candidates("policy set Enabled=yes AllowedUsers+=b", "AllowedUsers+=bob");
        assert_candidates("policy set AllowedUsers=alice,b", "AllowedUsers=alice,bob");
        assert_candidates("policy set AllowedGroups-=", "AllowedGroups-=staff");
        assert_candidates("policy set PortVerdicts=25:red", "PortVerdicts=25:redirect");
        assert_candidates("limits set Obs", "");
        assert_candidates("limits set MeterF", "MeterFallback=");
        assert_candidates("limits set MeterFallback=d", "MeterFallback=defer");
        assert_candidates("limits reset MeterF", "MeterFallback");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define TEST(name) g_test_add_func("/ctl/complete/" #name, test_##name)
        TEST(commands_and_their_second_words);
        TEST(options_and_their_values);
        TEST(options_are_no_arguments);
        TEST(users_groups_and_ids_where_they_belong);
        TEST(keys_and_their_values);

        return g_test_run();
}
