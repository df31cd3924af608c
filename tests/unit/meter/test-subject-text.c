/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "meter/subject-text.h"

static UserNames *users_new(void) {
        static const char text[] = "root:x:0:0::/:/bin/sh\nalice:x:1005:5::/:\n4711:x:1006:6::/:\n";
        CLEANUP(user_names_freep) UserNames *users = NULL;

        g_assert_cmpint(user_names_from_text(strdup(text), strlen(text), &users), ==, 0);
        return TAKE(users);
}

static void expect(const char *text, SubjectKind kind, const char *name) {
        CLEANUP(user_names_freep) UserNames *users = users_new();
        CLEANUP(failure_done) Failure failure = {};
        Subject subject;

        g_assert_cmpint(subject_from_text(text, users, &subject, &failure), ==, 0);
        g_assert_cmpint(subject.kind, ==, kind);
        g_assert_cmpstr(subject.name, ==, name);
}

static void refused(const char *text, FailureCode code) {
        CLEANUP(user_names_freep) UserNames *users = users_new();
        CLEANUP(failure_done) Failure failure = {};
        Subject subject;

        g_assert_cmpint(subject_from_text(text, users, &subject, &failure), ==, -EINVAL);
        g_assert_cmpint(failure.code, ==, code);
        g_assert_true(g_str_has_prefix(failure.text, "Subject: "));
}

static void test_subjects_are_named_as_they_are_counted(void) {
        expect("domain:Example.ORG.", SUBJECT_DOMAIN, "example.org");
        expect("domain:[192.0.2.1]", SUBJECT_DOMAIN, "[192.0.2.1]");
        expect("domain:m\xc3\xbcnchen.test", SUBJECT_DOMAIN, "m\xc3\xbcnchen.test");
        expect("mailbox:Bob@Example.org", SUBJECT_MAILBOX, "bob@example.org");
        expect("mailbox:a b:c", SUBJECT_MAILBOX, "a b:c");
        expect("user:alice", SUBJECT_USER, "1005");
        expect("user:01005", SUBJECT_USER, "1005");
        expect("user:77", SUBJECT_USER, "77");
        expect("user:4711", SUBJECT_USER, "4711");
}

static void test_what_is_no_subject_is_refused(void) {
        static const char *const texts[] = {
                "",
                "alice",
                "domain",
                "domain:",
                "domain:.",
                "domain:a..",
                "domain:..",
                "domain:a..b",
                "domain:.a",
                "domain:a b",
                "domain:a@b",
                "domain:a/",
                "domain:a:b",
                "domain:[x]",
                "domain:\n",
                "Domain:a",
                "mailbox:",
                "mailbox:\\x00",
                "user:",
                "user:4294967295",
                "host:a",
                "domainx:a",
                "user:99999999999999999999",
        };
        g_autofree char *long_domain = g_strnfill(256, 'a');
        g_autofree char *long_mailbox = g_strnfill(SUBJECT_NAME_MAX + 1, 'a');
        g_autofree char *domain = g_strconcat("domain:", long_domain, NULL);
        g_autofree char *mailbox = g_strconcat("mailbox:", long_mailbox, NULL);

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                refused(texts[i], FAILURE_INVALID_VALUE);
        refused(domain, FAILURE_INVALID_VALUE);
        refused(mailbox, FAILURE_INVALID_VALUE);

        mailbox[strlen(mailbox) - 1] = 0;
        long_mailbox[SUBJECT_NAME_MAX] = 0;
        expect(mailbox, SUBJECT_MAILBOX, long_mailbox);
}

static void test_user_that_nobody_knows_has_a_cause_of_its_own(void) {
        CLEANUP(failure_done) Failure failure = {};
        Subject subject;

        refused("user:mallory", FAILURE_UNKNOWN_NAME);
        g_assert_cmpint(subject_from_text("user:alice", NULL, &subject, &failure), ==, -EINVAL);
        g_assert_cmpint(failure.code, ==, FAILURE_UNKNOWN_NAME);
}

static void comes_back(SubjectKind kind, const char *name, const char *expected) {
        CLEANUP(user_names_freep) UserNames *users = users_new();
        CLEANUP(freep) char *text = subject_to_text(kind, name, users);

        g_assert_cmpstr(text, ==, expected);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        expect(text, kind, name);
}

static void test_text_of_a_subject_names_it_again(void) {
        comes_back(SUBJECT_DOMAIN, "example.org", "domain:example.org");
        comes_back(SUBJECT_DOMAIN, "a\xd3.test", "domain:a\\xd3.test");
        comes_back(SUBJECT_USER, "1005", "user:alice");
        comes_back(SUBJECT_USER, "1006", "user:1006"); /* whose name is another one's number */
        comes_back(SUBJECT_USER, "77", "user:77");
        comes_back(SUBJECT_MAILBOX, "dom\\user", "mailbox:dom\\user");
        comes_back(SUBJECT_MAILBOX, "dom\\xaf", "mailbox:dom\\x5cxaf");
        comes_back(SUBJECT_MAILBOX, "a\n\x1b[m\xff\xc3", "mailbox:a\\x0a\\x1b[m\\xff\\xc3");
        comes_back(SUBJECT_MAILBOX, "m\xc3\xbc", "mailbox:m\xc3\xbc");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/meter/subject-text/names", test_subjects_are_named_as_they_are_counted);
        g_test_add_func("/meter/subject-text/refused", test_what_is_no_subject_is_refused);
        g_test_add_func("/meter/subject-text/unknown-user",
                        test_user_that_nobody_knows_has_a_cause_of_its_own);
        g_test_add_func("/meter/subject-text/back", test_text_of_a_subject_names_it_again);

        return g_test_run();
}
