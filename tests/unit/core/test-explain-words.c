/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/explain-words.h"

static char *hint(const Explanation *explanation, uint16_t port, const char *contact) {
        bool failed;
        char *words = explain_hint(explanation, port, contact, &failed);

        g_assert_false(failed);
        return words;
}

static void test_who_is_let_through_needs_no_hint(void) {
        const Explanation allowed = { .verdict = EXCEPTION_ALLOW, .unobserved = EXCEPTION_ALLOW };
        const Explanation watched = {
                .verdict = EXCEPTION_OBSERVE,
                .unobserved = EXCEPTION_OBSERVE,
        };

        g_assert_null(hint(&allowed, 25, "c"));
        g_assert_null(hint(&watched, 25, "c"));
}

static void test_hint_ends_with_whom_to_ask(void) {
        const Explanation refused = { .verdict = EXCEPTION_REJECT, .unobserved = EXCEPTION_REJECT };
        CLEANUP(freep) char *with = hint(&refused, 25, "help@example.com");
        CLEANUP(freep) char *without = hint(&refused, 587, NULL);

        g_assert_true(g_str_has_suffix(with, " ask help@example.com."));
        g_assert_true(g_str_has_suffix(without, " ask the administrator of this host."));
        g_assert_nonnull(strstr(without, "your account"));
}

static void test_observed_user_learns_what_is_to_come(void) {
        const Explanation explanation = {
                .verdict = EXCEPTION_OBSERVE,
                .unobserved = EXCEPTION_REDIRECT,
        };
        CLEANUP(freep) char *words = hint(&explanation, 25, NULL);

        g_assert_true(g_str_has_prefix(words, "Still let through"));
}

static void test_each_decision_has_its_word(void) {
        const AllowedId mta = { .because = BECAUSE_MTA };
        const struct {
                Explanation explanation;
                const char *word;
        } decisions[] = {
                { { .decider = DECIDER_NOT_ENABLED }, "disabled" },
                { { .decider = DECIDER_PORT }, "port" },
                { { .decider = DECIDER_LOCAL }, "local" },
                { { .decider = DECIDER_ALLOWED, .allowed = &mta }, "mta" },
                { { .decider = DECIDER_GROUP, .allowed = &mta }, "mta" },
                { { .decider = DECIDER_EXCEPTION }, "exception" },
                { { .decider = DECIDER_DEFAULT }, "PortVerdicts" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(decisions); i++)
                g_assert_cmpstr(explain_decision(&decisions[i].explanation), ==, decisions[i].word);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/explain-words/who-is-let-through-needs-no-hint",
                        test_who_is_let_through_needs_no_hint);
        g_test_add_func("/explain-words/hint-ends-with-whom-to-ask",
                        test_hint_ends_with_whom_to_ask);
        g_test_add_func("/explain-words/observed-user-learns-what-is-to-come",
                        test_observed_user_learns_what_is_to_come);
        g_test_add_func("/explain-words/each-decision-has-its-word",
                        test_each_decision_has_its_word);
        return g_test_run();
}
