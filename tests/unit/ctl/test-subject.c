/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "ctl/subject.h"

static void expect(const char *word, const char *subject) {
        CLEANUP(freep) char *found = subject_from_word(word);

        g_assert_cmpstr(found, ==, subject);
}

static void test_word_is_what_it_looks_like(void) {
        expect("alice", "user:alice");
        expect("1005", "user:1005");
        expect("example.org", "domain:example.org");
        expect("bob@example.org", "mailbox:bob@example.org");
        expect("user:a.b", "user:a.b");
        expect("domain:localhost", "domain:localhost");
        expect("x:y", "x:y"); /* which the meter refuses */
}

static void test_message_is_told_from_a_subject(void) {
        g_assert_true(subject_is_message("1xUK9t-0002H3-2M"));
        g_assert_true(subject_is_message("1xUK9t-00000000H3k-2M2m"));
        g_assert_false(subject_is_message(""));
        g_assert_false(subject_is_message("alice"));
        g_assert_false(subject_is_message("1xUK9t-0002H3-2M2"));
        g_assert_false(subject_is_message("1xUK9t-0002H3-2"));
        g_assert_false(subject_is_message("1xUK9t-0002H3-2M-"));
        g_assert_false(subject_is_message("user:1xUK9t-0002H3-2M"));
        g_assert_false(subject_is_message("1xUK9t-0002H3"));
        g_assert_false(subject_is_message("-------"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ctl/subject/word", test_word_is_what_it_looks_like);
        g_test_add_func("/ctl/subject/message", test_message_is_told_from_a_subject);

        return g_test_run();
}
