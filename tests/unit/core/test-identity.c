/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "core/accounts.h"
#include "core/identity.h"
#include "core/unknown-names.h"

/* Names that every host has, and one that none has. */
#define USER    "daemon"
#define GROUP   "daemon"
#define NOBODYS "no-such-name-here"

/* By the forms that the program itself uses: of the others it has its own (firewall/names.c). */
static uid_t user_id(void) {
        struct passwd entry, *found = NULL;
        char buffer[4096];

        g_assert_cmpint(getpwnam_r(USER, &entry, buffer, sizeof(buffer), &found), ==, 0);
        g_assert_nonnull(found);
        return found->pw_uid;
}

static gid_t group_id(void) {
        struct group entry, *found = NULL;
        char buffer[4096];

        g_assert_cmpint(getgrnam_r(GROUP, &entry, buffer, sizeof(buffer), &found), ==, 0);
        g_assert_nonnull(found);
        return found->gr_gid;
}

typedef struct Fixture {
        Policy policy;
        Policy known;
        HostFacts facts;
        Failure failure;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
        (void) data;
        *fixture = (Fixture){};
        policy_init(&fixture->policy);
        policy_init(&fixture->known);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
        (void) data;
        policy_done(&fixture->policy);
        policy_done(&fixture->known);
        host_facts_done(&fixture->facts);
        failure_done(&fixture->failure);
}

static int resolve(Fixture *fixture) {
        return identity_resolve(
                        &fixture->policy,
                        &fixture->known,
                        NULL,
                        NULL,
                        &fixture->facts,
                        &fixture->failure);
}

static void test_root_is_always_allowed(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_cmpint(allowed_ids_find(&fixture->facts.uids, 0)->because, ==, BECAUSE_ROOT);
}

static void test_listed_user_gets_its_number(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(string_list_append(&fixture->policy.allowed_users, USER), ==, 0);
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_cmpstr(allowed_ids_find(&fixture->facts.uids, user_id())->name, ==, USER);
}

static void test_group_gives_its_gid_and_primary_members(Fixture *fixture, gconstpointer data) {
        const AllowedId *member;

        (void) data;
        g_assert_cmpint(string_list_append(&fixture->policy.allowed_groups, GROUP), ==, 0);
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_nonnull(allowed_ids_find(&fixture->facts.gids, group_id()));
        member = allowed_ids_find(&fixture->facts.uids, user_id());
        g_assert_nonnull(member);
        g_assert_cmpint(member->because, ==, BECAUSE_ALLOWED_GROUP);
        g_assert_cmpstr(member->detail, ==, GROUP);
}

static void test_new_unknown_user_is_refused(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(string_list_append(&fixture->policy.allowed_users, NOBODYS), ==, 0);
        g_assert_cmpint(resolve(fixture), <, 0);
        g_assert_cmpint(fixture->failure.code, ==, FAILURE_UNKNOWN_NAME);
        g_assert_nonnull(strstr(fixture->failure.text, NOBODYS));
}

static void test_new_unknown_group_is_refused(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(string_list_append(&fixture->policy.allowed_groups, NOBODYS), ==, 0);
        g_assert_cmpint(resolve(fixture), <, 0);
        g_assert_cmpint(fixture->failure.code, ==, FAILURE_UNKNOWN_NAME);
}

static void test_user_who_has_gone_is_left_out_and_named(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(string_list_append(&fixture->policy.allowed_users, NOBODYS), ==, 0);
        g_assert_cmpint(string_list_append(&fixture->known.allowed_users, NOBODYS), ==, 0);
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_true(string_list_contains(&fixture->facts.unknown_users, NOBODYS));
}

static void test_number_is_no_name(Fixture *fixture, gconstpointer data) {
        (void) data;
        g_assert_cmpint(string_list_append(&fixture->policy.allowed_users, "1"), ==, 0);
        g_assert_cmpint(resolve(fixture), <, 0);
        g_assert_cmpint(fixture->failure.code, ==, FAILURE_UNKNOWN_NAME);
}

static void test_user_that_exim_names_is_allowed_as_mta(Fixture *fixture, gconstpointer data) {
        const AllowedId *id;

        (void) data;
        g_assert_cmpint(identity_resolve(
                                        &fixture->policy,
                                        NULL,
                                        USER,
                                        NULL,
                                        &fixture->facts,
                                        &fixture->failure),
                        ==,
                        0);
        id = allowed_ids_find(&fixture->facts.uids, user_id());
        g_assert_cmpint(id->because, ==, BECAUSE_MTA);
        g_assert_cmpstr(id->detail, ==, "Exim");
}

/* ---- subjects of exceptions ---- */

static void add_exception(Fixture *fixture, const char *subject) {
        CLEANUP(exception_unrefp) Exception *exception = NULL;
        const ExceptionInput input = { .subject = subject, .reason = "test" };

        g_assert_cmpint(exception_new(&input, &exception, NULL), ==, 0);
        g_assert_cmpint(exceptions_add(&fixture->policy.exceptions, exception, 1, NULL), ==, 0);
}

static void test_subjects_of_exceptions_get_their_numbers(Fixture *fixture, gconstpointer data) {
        const SubjectId *user, *group;

        (void) data;
        add_exception(fixture, "user:" USER);
        add_exception(fixture, "interface:eth0");
        add_exception(fixture, "group:" GROUP);
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_cmpuint(fixture->facts.subjects.count, ==, 2);
        user = subject_ids_find(&fixture->facts.subjects, SUBJECT_USER, USER);
        g_assert_cmpuint(user->id, ==, user_id());
        group = subject_ids_find(&fixture->facts.subjects, SUBJECT_GROUP, GROUP);
        g_assert_cmpuint(group->id, ==, group_id());
        g_assert_cmpuint(group->members[0], ==, user_id());
}

static void test_exception_does_not_allow_by_itself(Fixture *fixture, gconstpointer data) {
        (void) data;
        add_exception(fixture, "user:" USER);
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_null(allowed_ids_find(&fixture->facts.uids, user_id()));
}

static void test_subject_who_has_gone_is_left_out(Fixture *fixture, gconstpointer data) {
        (void) data;
        add_exception(fixture, "user:" NOBODYS);
        add_exception(fixture, "group:" NOBODYS);
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_cmpuint(fixture->facts.subjects.count, ==, 0);
}

static void test_subjects_who_have_gone_are_a_problem(Fixture *fixture, gconstpointer data) {
        CLEANUP(problems_done) Problems problems = {};

        (void) data;
        add_exception(fixture, "user:" USER);
        add_exception(fixture, "user:" NOBODYS);
        g_assert_cmpint(resolve(fixture), ==, 0);
        g_assert_cmpint(unknown_names_find(&fixture->policy, &fixture->facts, &problems), ==, 0);
        g_assert_cmpuint(problems.count, ==, 1);
        g_assert_cmpstr(problems.items[0].text,
                        ==,
                        "exceptions: there is no user any more named '" NOBODYS "'");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
        g_test_add("/identity/" name, Fixture, NULL, set_up, function, tear_down)
        ADD("root-is-always-allowed", test_root_is_always_allowed);
        ADD("listed-user-gets-its-number", test_listed_user_gets_its_number);
        ADD("group-gives-its-gid-and-primary-members",
            test_group_gives_its_gid_and_primary_members);
        ADD("new-unknown-user-is-refused", test_new_unknown_user_is_refused);
        ADD("new-unknown-group-is-refused", test_new_unknown_group_is_refused);
        ADD("user-who-has-gone-is-left-out-and-named",
            test_user_who_has_gone_is_left_out_and_named);
        ADD("number-is-no-name", test_number_is_no_name);
        ADD("user-that-exim-names-is-allowed-as-mta", test_user_that_exim_names_is_allowed_as_mta);
        ADD("subjects-of-exceptions-get-their-numbers",
            test_subjects_of_exceptions_get_their_numbers);
        ADD("exception-does-not-allow-by-itself", test_exception_does_not_allow_by_itself);
        ADD("subject-who-has-gone-is-left-out", test_subject_who_has_gone_is_left_out);
        ADD("subjects-who-have-gone-are-a-problem", test_subjects_who_have_gone_are_a_problem);
        return g_test_run();
}
