/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <jansson.h>

#include "expect.h"
#include "policy/facts.h"

static void append(
                AllowedIds *ids,
                uint32_t id,
                Because because,
                const char *name,
                const char *detail) {
        g_assert_cmpint(allowed_ids_append(ids, id, because, name, detail), ==, 0);
}

/* Facts in which nothing is empty. */
static void fill_facts(HostFacts *facts) {
        *facts = (HostFacts){ .verdicts = port_verdicts_default };
        append(&facts->uids, 0, BECAUSE_ROOT, "root", NULL);
        append(&facts->uids, 101, BECAUSE_MTA, "Debian-exim", "Exim");
        append(&facts->uids, 1000, BECAUSE_ALLOWED_GROUP, "j\xc3\xb6rg", "staff");
        append(&facts->uids, 4294967294, BECAUSE_ALLOWED_USER, "nobody", NULL);
        append(&facts->gids, 38, BECAUSE_MAILMAN, "list", NULL);
        g_assert_cmpint(string_list_append(&facts->unknown_users, "gone"), ==, 0);
        g_assert_cmpint(string_list_append(&facts->unknown_groups, "lost"), ==, 0);
}

static char *dump(const HostFacts *facts) {
        CLEANUP(json_decrefp) json_t *json = host_facts_to_json(facts);

        g_assert_nonnull(json);
        return json_dumps(json, JSON_COMPACT);
}

static int read_text(const char *text, HostFacts *ret, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);

        g_assert_nonnull(json);
        return host_facts_from_json(json, ret, reterr);
}

static void test_reasons_have_the_names_of_list_allowed(void) {
        g_assert_cmpstr(because_to_string(BECAUSE_ROOT), ==, "root");
        g_assert_cmpstr(because_to_string(BECAUSE_MTA), ==, "mta");
        g_assert_cmpstr(because_to_string(BECAUSE_MAILMAN), ==, "mailman");
        g_assert_cmpstr(because_to_string(BECAUSE_ALLOWED_USER), ==, "AllowedUsers");
        g_assert_cmpstr(because_to_string(BECAUSE_ALLOWED_GROUP), ==, "AllowedGroups");
}

static void test_of_two_reasons_the_first_stays(void) {
        CLEANUP(allowed_ids_done) AllowedIds ids = {};

        append(&ids, 8, BECAUSE_ALLOWED_GROUP, "mail", "staff");
        append(&ids, 8, BECAUSE_MTA, "mail", "Postfix");
        append(&ids, 0, BECAUSE_ROOT, "root", NULL);
        append(&ids, 8, BECAUSE_ALLOWED_USER, "mail", NULL);
        allowed_ids_sort(&ids);

        g_assert_cmpuint(ids.count, ==, 2);
        g_assert_cmpuint(ids.items[0].id, ==, 0);
        g_assert_cmpuint(ids.items[1].id, ==, 8);
        g_assert_cmpint(ids.items[1].because, ==, BECAUSE_MTA);
        g_assert_cmpstr(ids.items[1].detail, ==, "Postfix");
}

static void test_order_of_adding_does_not_show(void) {
        static const struct {
                const char *name, *detail;
        } entries[] = { { "b", "x" }, { "a", "z" }, { "a", NULL }, { "a", "y" } };

        for (size_t first = 0; first < ELEMENTS_OF(entries); first++) {
                CLEANUP(allowed_ids_done) AllowedIds ids = {};

                for (size_t i = 0; i < ELEMENTS_OF(entries); i++) {
                        size_t k = (first + i) % ELEMENTS_OF(entries);

                        append(&ids, 5, BECAUSE_ALLOWED_GROUP, entries[k].name, entries[k].detail);
                }
                allowed_ids_sort(&ids);

                g_assert_cmpuint(ids.count, ==, 1);
                g_assert_cmpstr(ids.items[0].name, ==, "a");
                g_assert_null(ids.items[0].detail);
        }
}

static void test_sorting_nothing_is_nothing(void) {
        AllowedIds ids = {};

        allowed_ids_sort(&ids);
        g_assert_cmpuint(ids.count, ==, 0);
        g_assert_null(allowed_ids_find(&ids, 0));
        allowed_ids_done(NULL);
}

static void test_find_finds_each_and_no_other(void) {
        CLEANUP(allowed_ids_done) AllowedIds ids = {};

        for (uint32_t i = 0; i < 100; i++)
                append(&ids, (i * 37 % 100) * 2, BECAUSE_ALLOWED_USER, "u", NULL);
        allowed_ids_sort(&ids);

        for (uint32_t id = 0; id < 200; id++) {
                const AllowedId *found = allowed_ids_find(&ids, id);

                if (id % 2 == 0) {
                        g_assert_nonnull(found);
                        g_assert_cmpuint(found->id, ==, id);
                } else
                        g_assert_null(found);
        }
        g_assert_null(allowed_ids_find(&ids, UINT32_MAX));
}

static void test_json_is_compact_and_whole(void) {
        CLEANUP(host_facts_done) HostFacts facts = {};
        CLEANUP(freep) char *text = NULL;

        fill_facts(&facts);
        text = dump(&facts);
        g_assert_cmpstr(text,
                        ==,
                        "{\"PortVerdicts\":{\"25\":\"redirect\",\"465\":\"reject\",\"587\":"
                        "\"reject\"},"
                        "\"Uids\":[[0,\"root\",\"root\"],[101,\"mta\",\"Debian-exim\",\"Exim\"],"
                        "[1000,\"AllowedGroups\",\"j\xc3\xb6rg\",\"staff\"],"
                        "[4294967294,\"AllowedUsers\",\"nobody\"]],"
                        "\"Gids\":[[38,\"mailman\",\"list\"]],"
                        "\"UnknownUsers\":[\"gone\"],\"UnknownGroups\":[\"lost\"]}");
}

static void test_json_is_read_back_as_it_was(void) {
        CLEANUP(host_facts_done) HostFacts facts = {}, again = {};
        CLEANUP(freep) char *text = NULL, *text_again = NULL;

        fill_facts(&facts);
        text = dump(&facts);
        g_assert_cmpint(read_text(text, &again, NULL), ==, 0);
        text_again = dump(&again);

        g_assert_cmpstr(text, ==, text_again);
        g_assert_cmpstr(again.uids.items[2].detail, ==, "staff");
        g_assert_null(again.uids.items[3].detail);
}

static void test_copy_owns_what_it_holds(void) {
        CLEANUP(host_facts_done) HostFacts facts = {}, copy = {};
        CLEANUP(freep) char *text = NULL, *copy_text = NULL;

        fill_facts(&facts);
        text = dump(&facts);
        g_assert_cmpint(host_facts_copy(&facts, &copy), ==, 0);
        host_facts_done(&facts);
        copy_text = dump(&copy);

        g_assert_cmpstr(text, ==, copy_text);
        host_facts_done(NULL);
}

static void test_names_that_mean_the_same_are_told(void) {
        CLEANUP(host_facts_done) HostFacts facts = {};
        CLEANUP(host_facts_done) HostFacts copy = {};

        fill_facts(&facts);
        g_assert_cmpint(host_facts_copy(&facts, &copy), ==, 0);
        g_assert_true(host_facts_have_same_names(&facts, &copy));

        copy.verdicts = (PortVerdicts){};
        g_assert_true(host_facts_have_same_names(&facts, &copy));
}

/* The number of a user who was deleted is given to another one. */
static void test_a_number_that_was_given_away_is_another(void) {
        CLEANUP(host_facts_done) HostFacts facts = {};
        CLEANUP(host_facts_done) HostFacts copy = {};

        fill_facts(&facts);
        g_assert_cmpint(host_facts_copy(&facts, &copy), ==, 0);
        free(copy.uids.items[copy.uids.count - 1].name);
        copy.uids.items[copy.uids.count - 1].name = strdup("another");
        g_assert_false(host_facts_have_same_names(&facts, &copy));
}

static void test_a_user_with_another_number_is_told(void) {
        CLEANUP(host_facts_done) HostFacts facts = {};
        CLEANUP(host_facts_done) HostFacts copy = {};

        fill_facts(&facts);
        g_assert_cmpint(host_facts_copy(&facts, &copy), ==, 0);
        copy.uids.items[copy.uids.count - 1].id++;
        g_assert_false(host_facts_have_same_names(&facts, &copy));
}

static void test_strange_name_is_written_quoted_and_read_again(void) {
        CLEANUP(host_facts_done) HostFacts facts = {}, again = {};
        CLEANUP(freep) char *text = NULL, *longest = NULL;

        longest = g_malloc(5001);
        memset(longest, '\x01', 5000);
        longest[5000] = 0;

        fill_facts(&facts);
        append(&facts.gids, 50, BECAUSE_ALLOWED_GROUP, "\xff\n", "a/b:c");
        append(&facts.gids, 51, BECAUSE_ALLOWED_GROUP, longest, "\xff");
        text = dump(&facts);

        g_assert_cmpint(read_text(text, &again, NULL), ==, 0);
        g_assert_cmpstr(again.gids.items[1].name, ==, "\\xff\\x0a");
        g_assert_cmpstr(again.gids.items[1].detail, ==, "a/b:c");
        g_assert_cmpuint(strlen(again.gids.items[2].name), ==, 1003);
}

/* The text of facts that are right but for one member. */
static char *text_with(const char *key, const char *value) {
        static const char *const members[][2] = {
                { "PortVerdicts", "{\"25\":\"reject\"}" },
                { "Uids", "[[0,\"root\",\"root\"]]" },
                { "Gids", "[]" },
                { "UnknownUsers", "[]" },
                { "UnknownGroups", "[]" },
        };
        GString *text = g_string_new("{\"Later\":1");

        for (size_t i = 0; i < ELEMENTS_OF(members); i++) {
                bool chosen = g_str_equal(members[i][0], key);

                if (!chosen || value)
                        g_string_append_printf(
                                        text,
                                        ",\"%s\":%s",
                                        members[i][0],
                                        chosen ? value : members[i][1]);
        }
        g_string_append_c(text, '}');
        return g_string_free(text, FALSE);
}

static void test_wrong_facts_are_refused_with_the_key(void) {
        static const char shape[] = " is not an array of [id, because, name, detail]";
        static const struct {
                const char *key, *value, *why;
        } wrong[] = {
                { "PortVerdicts", NULL, " is not an object" },
                { "PortVerdicts", "{}", " 0 entries are not between 1 and 32" },
                { "Uids", NULL, " is not an array" },
                { "Uids", "{}", " is not an array" },
                { "Uids", "[1]", shape },
                { "Uids", "[[0,\"root\"]]", shape },
                { "Uids", "[[0,\"root\",\"root\",\"x\",\"y\"]]", shape },
                { "Uids", "[[\"0\",\"root\",\"root\"]]", shape },
                { "Uids", "[[0,\"root\",null]]", shape },
                { "Uids", "[[0,\"root\",\"ro\\u0000ot\"]]", shape },
                { "Uids", "[[0,\"root\",\"a\\nb\"]]", shape },
                { "Uids", "[[0,\"root\",\"root\",null]]", shape },
                { "Uids", "[[0,\"root\",\"root\",\"\\u001b\"]]", shape },
                { "Uids", "[[0,7,\"root\"]]", " is not known for one of its reasons" },
                { "Uids", "[[0,\"Root\",\"root\"]]", " is not known for one of its reasons" },
                { "Uids", "[[-1,\"root\",\"root\"]]", " -1 is not between 0 and 4294967294" },
                { "Uids",
                  "[[0,\"root\",\"root\"],[4294967295,\"mta\",\"x\"]]",
                  " 4294967295 is not between 0 and 4294967294" },
                { "Uids", "[[0,\"root\",\"root\"],[0,\"mta\",\"x\"]]", " is not sorted" },
                { "Uids",
                  "[[0,\"root\",\"root\"],[9,\"mta\",\"x\"],[8,\"mta\",\"y\"]]",
                  " is not sorted" },
                { "Uids", "[]", " is not complete: root is missing" },
                { "Uids", "[[1,\"mta\",\"x\"]]", " is not complete: root is missing" },
                { "Gids", NULL, " is not an array" },
                { "Gids", "[[]]", shape },
                { "UnknownUsers", NULL, " is not an array of names" },
                { "UnknownUsers", "[1]", " is not an array of names" },
                { "UnknownGroups", "[\"a:b\"]", " 'a:b' holds '/' or ':'" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(wrong); i++) {
                CLEANUP(freep) char *text = text_with(wrong[i].key, wrong[i].value);
                CLEANUP(freep) char *expected = NULL;
                CLEANUP(failure_done) Failure failure = {};
                HostFacts facts = {};

                expected = g_strdup_printf("%s:%s", wrong[i].key, wrong[i].why);
                g_assert_cmpint(read_text(text, &facts, &failure), ==, -EINVAL);
                g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
                g_assert_cmpstr(failure.text, ==, expected);
                g_assert_null(facts.uids.items);
        }
}

static void test_members_of_later_versions_are_ignored(void) {
        CLEANUP(freep) char *text = text_with("", NULL);
        CLEANUP(host_facts_done) HostFacts facts = {};

        g_assert_cmpint(read_text(text, &facts, NULL), ==, 0);
        g_assert_cmpuint(facts.uids.count, ==, 1);
}

static void test_many_ids_are_read_back(void) {
        CLEANUP(host_facts_done) HostFacts facts = {}, again = {};
        CLEANUP(freep) char *text = NULL;

        fill_facts(&facts);
        for (uint32_t i = 50000; i > 0; i--)
                append(&facts.uids, 100000 + i, BECAUSE_ALLOWED_USER, "customer", NULL);
        allowed_ids_sort(&facts.uids);
        text = dump(&facts);

        g_assert_cmpint(read_text(text, &again, NULL), ==, 0);
        g_assert_cmpuint(again.uids.count, ==, 50004);
        g_assert_nonnull(allowed_ids_find(&again.uids, 150000));
        g_assert_cmpuint(strlen(text), <, 50004 * 40);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/facts/reasons-have-the-names-of-list-allowed",
                        test_reasons_have_the_names_of_list_allowed);
        g_test_add_func("/facts/of-two-reasons-the-first-stays",
                        test_of_two_reasons_the_first_stays);
        g_test_add_func("/facts/order-of-adding-does-not-show", test_order_of_adding_does_not_show);
        g_test_add_func("/facts/sorting-nothing-is-nothing", test_sorting_nothing_is_nothing);
        g_test_add_func("/facts/find-finds-each-and-no-other", test_find_finds_each_and_no_other);
        g_test_add_func("/facts/copy-owns-what-it-holds", test_copy_owns_what_it_holds);
        g_test_add_func("/facts/names-that-mean-the-same-are-told",
                        test_names_that_mean_the_same_are_told);
        g_test_add_func("/facts/a-number-that-was-given-away-is-another",
                        test_a_number_that_was_given_away_is_another);
        g_test_add_func("/facts/a-user-with-another-number-is-told",
                        test_a_user_with_another_number_is_told);
        g_test_add_func("/facts-json/is-compact-and-whole", test_json_is_compact_and_whole);
        g_test_add_func("/facts-json/is-read-back-as-it-was", test_json_is_read_back_as_it_was);
        g_test_add_func("/facts-json/strange-name-is-written-quoted-and-read-again",
                        test_strange_name_is_written_quoted_and_read_again);
        g_test_add_func("/facts-json/wrong-facts-are-refused-with-the-key",
                        test_wrong_facts_are_refused_with_the_key);
        g_test_add_func("/facts-json/members-of-later-versions-are-ignored",
                        test_members_of_later_versions_are_ignored);
        g_test_add_func("/facts-json/many-ids-are-read-back", test_many_ids_are_read_back);
        return g_test_run();
}
