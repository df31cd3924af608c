/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/facts.h"

static void set(SubjectIds *ids, SubjectKind kind, const char *name, uint32_t id) {
        g_assert_cmpint(subject_ids_set(ids, kind, name, id, NULL, 0), ==, 0);
}

/* Its members are out of order, and one is there twice. */
static void set_group(SubjectIds *ids, const char *name, uint32_t id) {
        static const uint32_t members[] = { 1003, 1001, 1003 };
        uint32_t *copy = g_memdup2(members, sizeof(members));

        g_assert_cmpint(subject_ids_set(ids, SUBJECT_GROUP, name, id, copy, ELEMENTS_OF(members)),
                        ==,
                        0);
}

static void fill(SubjectIds *ids) {
        set_group(ids, "mail", 8);
        set(ids, SUBJECT_USER, "carol", 1003);
        set(ids, SUBJECT_USER, "alice", 1001);
        set(ids, SUBJECT_USER, "mail", 8);
}

static char *dump(const SubjectIds *ids) {
        CLEANUP(text_done) Text text = {};
        char *data = NULL;
        size_t size;

        subject_ids_append_json(ids, &text);
        g_assert_cmpint(text_finish(&text, &data, &size), ==, 0);
        return data;
}

static void test_users_and_groups_of_one_name_are_two(void) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};

        fill(&ids);
        set(&ids, SUBJECT_USER, "mail", 9);
        g_assert_cmpuint(subject_ids_find(&ids, SUBJECT_USER, "mail")->id, ==, 9);
        g_assert_cmpuint(subject_ids_find(&ids, SUBJECT_GROUP, "mail")->id, ==, 8);
        g_assert_null(subject_ids_find(&ids, SUBJECT_GROUP, "alice"));
        g_assert_null(subject_ids_find(&ids, SUBJECT_INTERFACE, "mail"));
}

static void test_members_are_sorted_and_unique(void) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};
        const SubjectId *group;

        fill(&ids);
        group = subject_ids_find(&ids, SUBJECT_GROUP, "mail");
        g_assert_cmpuint(group->member_count, ==, 2);
        g_assert_cmpuint(group->members[0], ==, 1001);
        g_assert_cmpuint(group->members[1], ==, 1003);
}

static void test_numbers_are_replaced(void) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};
        const SubjectId *group;

        fill(&ids);
        g_assert_cmpint(subject_ids_set(&ids, SUBJECT_GROUP, "mail", 7, NULL, 0), ==, 0);
        group = subject_ids_find(&ids, SUBJECT_GROUP, "mail");
        g_assert_cmpuint(group->id, ==, 7);
        g_assert_cmpuint(group->member_count, ==, 0);
        g_assert_cmpuint(ids.count, ==, 4);
}

static void test_sorting_drops_what_is_there_twice(void) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};
        CLEANUP(freep) char *text = NULL;

        g_assert_cmpint(subject_ids_append(&ids, SUBJECT_USER, "b", 2, NULL, 0), ==, 0);
        g_assert_cmpint(subject_ids_append(&ids, SUBJECT_USER, "a", 1, NULL, 0), ==, 0);
        g_assert_cmpint(subject_ids_append(&ids, SUBJECT_USER, "b", 2, NULL, 0), ==, 0);
        subject_ids_sort(&ids);
        text = dump(&ids);
        g_assert_cmpstr(text, ==, "[[\"user\",\"a\",1,[]],[\"user\",\"b\",2,[]]]");
}

static void test_what_is_removed_is_gone_from_this_list_alone(void) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};
        CLEANUP(subject_ids_done) SubjectIds copy = {};

        fill(&ids);
        g_assert_cmpint(subject_ids_copy(&ids, &copy), ==, 0);
        subject_ids_remove(&ids, SUBJECT_USER, "alice");
        subject_ids_remove(&ids, SUBJECT_USER, "nobody");
        g_assert_null(subject_ids_find(&ids, SUBJECT_USER, "alice"));
        g_assert_cmpuint(ids.count, ==, 3);
        g_assert_cmpuint(subject_ids_find(&copy, SUBJECT_USER, "alice")->id, ==, 1001);
}

static void test_what_is_replaced_stays_in_the_copy(void) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};
        CLEANUP(subject_ids_done) SubjectIds copy = {};

        fill(&ids);
        g_assert_cmpint(subject_ids_copy(&ids, &copy), ==, 0);
        set(&ids, SUBJECT_USER, "alice", 7);
        g_assert_cmpuint(subject_ids_find(&copy, SUBJECT_USER, "alice")->id, ==, 1001);
}

static void test_copy_of_facts_has_them(void) {
        CLEANUP(host_facts_done) HostFacts facts = {};
        CLEANUP(host_facts_done) HostFacts copy = {};

        fill(&facts.subjects);
        g_assert_cmpint(host_facts_copy(&facts, &copy), ==, 0);
        g_assert_cmpuint(subject_ids_find(&copy.subjects, SUBJECT_USER, "alice")->id, ==, 1001);
}

static int read_text(const char *text, SubjectIds *ret, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);

        g_assert_nonnull(json);
        return subject_ids_from_json(json, ret, reterr);
}

static void test_json_goes_round(void) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};
        CLEANUP(subject_ids_done) SubjectIds read = {};
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) char *again = NULL;

        fill(&ids);
        set(&ids, SUBJECT_USER, "a\"b\\c", 7);
        text = dump(&ids);
        g_assert_cmpint(read_text(text, &read, NULL), ==, 0);
        again = dump(&read);
        g_assert_cmpstr(again, ==, text);
        g_assert_cmpuint(read.count, ==, 5);
        g_assert_true(subject_ids_equal(&ids, &read));
}

static void test_each_number_counts_for_equality(void) {
        CLEANUP(subject_ids_done) SubjectIds a = {};
        CLEANUP(subject_ids_done) SubjectIds b = {};

        fill(&a);
        g_assert_false(subject_ids_equal(&a, &b));
        fill(&b);
        g_assert_true(subject_ids_equal(&a, &b));
        set(&b, SUBJECT_USER, "alice", 1002);
        g_assert_false(subject_ids_equal(&a, &b));
        set(&b, SUBJECT_USER, "alice", 1001);
        g_assert_cmpint(subject_ids_set(&b, SUBJECT_GROUP, "mail", 8, NULL, 0), ==, 0);
        g_assert_false(subject_ids_equal(&a, &b));
}

static void expect_refused(const char *text, const char *why) {
        CLEANUP(failure_done) Failure failure = {};
        SubjectIds ids = {};

        expect_refusal(read_text(text, &ids, &failure), failure, FAILURE_INVALID_VALUE, why);
        g_assert_cmpuint(ids.count, ==, 0);
}

static void test_bad_json_is_refused(void) {
        static const char item[] = "Numbers: is not an array of [kind, name, number, members]";
        static const char id[] = "Numbers: is not an array of ids that exist";

        expect_refused("{}", "Numbers: is not an array");
        expect_refused("[7]", item);
        expect_refused("[[\"user\",\"a\",1]]", item);
        expect_refused("[[\"interface\",\"a\",1,[]]]", item);
        expect_refused("[[\"user\",\"a\\u0000\",1,[]]]", item);
        expect_refused("[[\"user\",\"a\\n\",1,[]]]", item);
        expect_refused("[[\"user\",\"a\",\"1\",[]]]", id);
        expect_refused("[[\"user\",\"a\",-1,[]]]", id);
        expect_refused("[[\"user\",\"a\",4294967295,[]]]", id);
        expect_refused("[[\"group\",\"a\",1,[-1]]]", id);
        expect_refused("[[\"user\",\"b\",1,[]],[\"user\",\"a\",1,[]]]", "Numbers: is not sorted");
        expect_refused("[[\"user\",\"a\",1,[]],[\"user\",\"a\",1,[]]]", "Numbers: is not sorted");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/subject-ids/users-and-groups-of-one-name-are-two",
                        test_users_and_groups_of_one_name_are_two);
        g_test_add_func("/subject-ids/members-are-sorted-and-unique",
                        test_members_are_sorted_and_unique);
        g_test_add_func("/subject-ids/numbers-are-replaced", test_numbers_are_replaced);
        g_test_add_func("/subject-ids/sorting-drops-what-is-there-twice",
                        test_sorting_drops_what_is_there_twice);
        g_test_add_func("/subject-ids/what-is-removed-is-gone-from-this-list-alone",
                        test_what_is_removed_is_gone_from_this_list_alone);
        g_test_add_func("/subject-ids/what-is-replaced-stays-in-the-copy",
                        test_what_is_replaced_stays_in_the_copy);
        g_test_add_func("/subject-ids/copy-of-facts-has-them", test_copy_of_facts_has_them);
        g_test_add_func("/subject-ids/json-goes-round", test_json_goes_round);
        g_test_add_func("/subject-ids/each-number-counts-for-equality",
                        test_each_number_counts_for_equality);
        g_test_add_func("/subject-ids/bad-json-is-refused", test_bad_json_is_refused);
        return g_test_run();
}
