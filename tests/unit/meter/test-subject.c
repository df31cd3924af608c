/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "meter/subject.h"

typedef struct Who {
        const char *sender;
        const char *auth_id;
        int64_t uid; /* -1: from elsewhere */
} Who;

static Subjects find(Who who, const Owners *owners, const UserNames *users) {
        const Origin origin = {
                .sender = who.sender,
                .sender_size = strlen(who.sender),
                .auth_id = who.auth_id,
                .auth_id_size = strlen(who.auth_id),
                .has_uid = who.uid >= 0,
                .uid = who.uid >= 0 ? (uint32_t) who.uid : 0,
        };
        Subjects subjects;

        subjects_find(&origin, owners, users, &subjects);
        return subjects;
}

static void expect(
                Who who,
                const Owners *owners,
                const UserNames *users,
                const char *domain,
                const char *mailbox,
                const char *user) {
        Subjects subjects = find(who, owners, users);

        g_assert_cmpstr(subjects.names[SUBJECT_DOMAIN], ==, domain);
        g_assert_cmpstr(subjects.names[SUBJECT_MAILBOX], ==, mailbox);
        g_assert_cmpstr(subjects.names[SUBJECT_USER], ==, user);
}

static Owners *owners_of(const char *text) {
        CLEANUP(owners_freep) Owners *owners = NULL;
        size_t unreadable;

        g_assert_cmpint(owners_from_text(strdup(text), strlen(text), &owners, &unreadable), ==, 0);
        g_assert_cmpuint(unreadable, ==, 0);
        return TAKE(owners);
}

static UserNames *users_of(const char *text) {
        CLEANUP(user_names_freep) UserNames *users = NULL;

        g_assert_cmpint(user_names_from_text(strdup(text), strlen(text), &users), ==, 0);
        return TAKE(users);
}

static void test_auth_counts_for_mailbox_and_its_domain(void) {
        expect((Who){ "x@other.test", "bob@d1.test", -1 },
               NULL,
               NULL,
               "d1.test",
               "bob@d1.test",
               "");
}

static void test_process_counts_for_user_and_claimed_domain(void) {
        expect((Who){ "x@d2.test", "", 1000 }, NULL, NULL, "d2.test", "", "1000");
}

static void test_auth_over_a_local_connection_counts_for_all_three(void) {
        expect((Who){ "x@other.test", "bob@d1.test", 33 },
               NULL,
               NULL,
               "d1.test",
               "bob@d1.test",
               "33");
}

static void test_mail_from_elsewhere_counts_for_nobody(void) {
        Subjects subjects = find((Who){ "x@d1.test", "", -1 }, NULL, NULL);

        g_assert_true(subjects_are_empty(&subjects));
}

static void test_case_and_a_last_dot_make_no_other_subject(void) {
        expect((Who){ "", "Bob@D1.Test", -1 }, NULL, NULL, "d1.test", "bob@d1.test", "");
        expect((Who){ "X@D2.TEST.", "", 1 }, NULL, NULL, "d2.test", "", "1");
}

static void test_bounce_of_a_user_counts_for_no_domain(void) {
        expect((Who){ "", "", 1000 }, NULL, NULL, "", "", "1000");
}

static void test_domain_of_a_quoted_address_is_behind_the_last_at(void) {
        expect((Who){ "\"a@victim.test \"@d1.test", "", 1 }, NULL, NULL, "d1.test", "", "1");
}

static void test_what_is_no_domain_is_no_subject(void) {
        static const char *const senders[] = {
                "x", "x@", "x@.", "\"x@y.test\"", "x@a b", "x@a\nb", "x@a/b",
        };

        for (size_t i = 0; i < ELEMENTS_OF(senders); i++)
                expect((Who){ senders[i], "", 1 }, NULL, NULL, "", "", "1");
}

static void test_domain_above_the_bound_is_no_subject(void) {
        CLEANUP(freep) char *sender = g_strdup_printf("x@%0300d", 0);

        expect((Who){ sender, "", 1 }, NULL, NULL, "", "", "1");
}

static void test_stranger_cannot_use_up_an_owned_domain(void) {
        CLEANUP(owners_freep) Owners *owners = owners_of("d1.test: alice\nd2.test: bob\n");
        CLEANUP(user_names_freep)
        UserNames *users = users_of("alice:x:1001:1::/:/bin/sh\nbob:x:1002:1::/:/bin/sh\n");

        expect((Who){ "x@d1.test", "", 1001 }, owners, users, "d1.test", "", "1001");
        expect((Who){ "x@d1.test", "", 1002 }, owners, users, "", "", "1002");
        expect((Who){ "x@unknown.test", "", 1002 }, owners, users, "", "", "1002");
        expect((Who){ "x@d1.test", "", 1003 }, owners, users, "", "", "1003");
}

static void test_owner_may_be_a_number(void) {
        CLEANUP(owners_freep) Owners *owners = owners_of("d1.test: 5000\n");

        expect((Who){ "x@d1.test", "", 5000 }, owners, NULL, "d1.test", "", "5000");
}

static void test_login_without_domain_claims_what_it_owns(void) {
        CLEANUP(owners_freep) Owners *owners = owners_of("d1.test: alice\n");

        expect((Who){ "x@d1.test", "alice", -1 }, owners, NULL, "d1.test", "alice", "");
        expect((Who){ "x@d1.test", "bob", -1 }, owners, NULL, "", "bob", "");
        expect((Who){ "x@d1.test", "bob", -1 }, NULL, NULL, "d1.test", "bob", "");
}

static void test_auth_domain_needs_no_owner(void) {
        CLEANUP(owners_freep) Owners *owners = owners_of("d1.test: alice\n");

        expect((Who){ "x@d1.test", "bob@d2.test", -1 }, owners, NULL, "d2.test", "bob@d2.test", "");
}

static void test_owners_are_read_as_panels_write_them(void) {
        static const char text[] = "# made by a panel\n\n"
                                   "  D1.Test.:alice\r\n"
                                   "*: nobody\n"
                                   "d1.test:bob\n"
                                   "nothing\n"
                                   ": nobody\n"
                                   "d3.test:\n"
                                   "d2.test : carol";
        CLEANUP(owners_freep) Owners *owners = NULL;
        size_t unreadable;

        g_assert_cmpint(owners_from_text(strdup(text), strlen(text), &owners, &unreadable), ==, 0);
        g_assert_cmpuint(unreadable, ==, 3);
        g_assert_true(owners_has(owners, "d1.test", "alice"));
        g_assert_true(owners_has(owners, "d1.test", "bob"));
        g_assert_true(owners_has(owners, "d2.test", "carol"));
        g_assert_false(owners_has(owners, "d2.test", "alice"));
        g_assert_false(owners_has(owners, "d3.test", ""));
        g_assert_false(owners_has(owners, "d1.test", NULL));
}

static void test_names_of_users_are_found(void) {
        CLEANUP(user_names_freep)
        UserNames *users = users_of("root:x:0:0:root:/root:/bin/bash\n\nbroken\n:x:7:\n"
                                    "x:x:-1:\nlast:x:4294967294:1");

        g_assert_cmpstr(user_names_find(users, 0), ==, "root");
        g_assert_cmpstr(user_names_find(users, 4294967294), ==, "last");
        g_assert_null(user_names_find(users, 7));
        g_assert_null(user_names_find(NULL, 0));
}

#define CASE(name, function) g_test_add_func("/subject/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("auth-counts-for-mailbox-and-its-domain", test_auth_counts_for_mailbox_and_its_domain);
        CASE("process-counts-for-user-and-claimed-domain",
             test_process_counts_for_user_and_claimed_domain);
        CASE("auth-over-a-local-connection-counts-for-all-three",
             test_auth_over_a_local_connection_counts_for_all_three);
        CASE("mail-from-elsewhere-counts-for-nobody", test_mail_from_elsewhere_counts_for_nobody);
        CASE("case-and-a-last-dot-make-no-other-subject",
             test_case_and_a_last_dot_make_no_other_subject);
        CASE("bounce-of-a-user-counts-for-no-domain", test_bounce_of_a_user_counts_for_no_domain);
        CASE("domain-of-a-quoted-address-is-behind-the-last-at",
             test_domain_of_a_quoted_address_is_behind_the_last_at);
        CASE("what-is-no-domain-is-no-subject", test_what_is_no_domain_is_no_subject);
        CASE("domain-above-the-bound-is-no-subject", test_domain_above_the_bound_is_no_subject);
        CASE("stranger-cannot-use-up-an-owned-domain", test_stranger_cannot_use_up_an_owned_domain);
        CASE("owner-may-be-a-number", test_owner_may_be_a_number);
        CASE("login-without-domain-claims-what-it-owns",
             test_login_without_domain_claims_what_it_owns);
        CASE("auth-domain-needs-no-owner", test_auth_domain_needs_no_owner);
        CASE("owners-are-read-as-panels-write-them", test_owners_are_read_as_panels_write_them);
        CASE("names-of-users-are-found", test_names_of_users_are_found);

        return g_test_run();
}
