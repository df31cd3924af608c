/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "core/exception-state.h"
#include "util/text.h"

static void add(ExceptionState *state, const char *subject, uint64_t expires_usec) {
        CLEANUP(exception_unrefp) Exception *exception = NULL;
        const ExceptionInput input = {
                .subject = subject,
                .destination = "2001:db8::/32",
                .expires_usec = expires_usec,
                .reason = "say \"why\"",
                .granted_by = "root",
        };

        g_assert_cmpint(exception_new(&input, &exception, NULL), ==, 0);
        g_assert_cmpint(exceptions_add(&state->exceptions, exception, 1, NULL), ==, 0);
}

static void fill(ExceptionState *state) {
        *state = (ExceptionState){ .generation = 7 };
        add(state, "user:alice", 0);
        add(state, "group:staff", 99);
        g_assert_cmpint(exceptions_remove(&state->exceptions, 2, 1, NULL), ==, 0);
        add(state, "interface:docker0", 0);
        g_assert_cmpint(subject_ids_set(&state->subjects, SUBJECT_USER, "alice", 1001, NULL, 0),
                        ==,
                        0);
        state->last_change.when_usec = 5;
        state->last_change.action = strdup("AddException");
}

static void test_comes_back_as_it_was(void) {
        CLEANUP(exception_state_done) ExceptionState before = {};
        CLEANUP(exception_state_done) ExceptionState after = {};
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) char *again = NULL;
        size_t size;

        fill(&before);
        g_assert_cmpint(exception_state_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(exception_state_from_text(text, size, &after, NULL), ==, 0);
        g_assert_cmpint(exception_state_to_text(&after, &again, &size), ==, 0);
        g_assert_cmpstr(again, ==, text);
        g_assert_cmpuint(after.exceptions.count, ==, 2);
        g_assert_cmpstr(after.last_change.action, ==, "AddException");
}

static void test_last_id_outlives_its_exception(void) {
        CLEANUP(exception_state_done) ExceptionState before = {};
        CLEANUP(exception_state_done) ExceptionState after = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        fill(&before);
        g_assert_cmpint(exceptions_remove(&before.exceptions, 3, 1, NULL), ==, 0);
        g_assert_cmpint(exception_state_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(exception_state_from_text(text, size, &after, NULL), ==, 0);
        g_assert_cmpuint(after.exceptions.last_id, ==, 3);
}

static void test_none_at_all_comes_back(void) {
        CLEANUP(exception_state_done) ExceptionState after = {};
        const ExceptionState before = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        g_assert_cmpint(exception_state_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(exception_state_from_text(text, size, &after, NULL), ==, 0);
        g_assert_cmpuint(after.exceptions.count, ==, 0);
}

static void test_damaged_is_refused(void) {
        static const char *const damaged[] = {
                "",
                "[]",
                "{}",
                "{\"Version\":2,\"Exceptions\":[],\"Numbers\":[]}",
                "{\"Version\":1,\"Exceptions\":{},\"Numbers\":[]}",
                "{\"Version\":1,\"Exceptions\":[]}",
                "{\"Version\":1,\"Exceptions\":[7],\"Numbers\":[]}",
        };

        for (size_t i = 0; i < ELEMENTS_OF(damaged); i++) {
                CLEANUP(failure_done) Failure failure = {};
                ExceptionState state = {};

                g_assert_cmpint(exception_state_from_text(
                                                damaged[i], strlen(damaged[i]), &state, &failure),
                                ==,
                                -EINVAL);
                g_assert_nonnull(failure.text);
        }
}

static void test_every_cut_is_refused(void) {
        CLEANUP(exception_state_done) ExceptionState state = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        fill(&state);
        g_assert_cmpint(exception_state_to_text(&state, &text, &size), ==, 0);

        /* the last two bytes are the closing brace and the newline */
        for (size_t cut = 0; cut + 2 < size; cut++) {
                ExceptionState torn = {};

                g_assert_cmpint(exception_state_from_text(text, cut, &torn, NULL), ==, -EINVAL);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/exception-state/comes-back-as-it-was", test_comes_back_as_it_was);
        g_test_add_func("/exception-state/last-id-outlives-its-exception",
                        test_last_id_outlives_its_exception);
        g_test_add_func("/exception-state/none-at-all-comes-back", test_none_at_all_comes_back);
        g_test_add_func("/exception-state/damaged-is-refused", test_damaged_is_refused);
        g_test_add_func("/exception-state/every-cut-is-refused", test_every_cut_is_refused);
        return g_test_run();
}
