/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * policy.json as anybody could write it. Whatever the text: no crash, a position inside of it; and
 * what is taken is written as a text that is taken again, is equal, and is written the same.
 */

#include "fuzz.h"
#include "policy/policy-text.h"

static void check_refusal(
                const char *text,
                size_t size,
                int outcome,
                const TextPosition *where,
                const Failure *failure) {
        size_t lines = 1;

        for (size_t i = 0; i < size; i++)
                lines += text[i] == '\n';

        require(outcome == POLICY_TEXT_E_INVALID || outcome == POLICY_TEXT_E_NEWER,
                "the outcome is one of the header's");
        require(failure_is_set(failure) && failure->text, "a refusal has words");
        require(where->line >= 1 && where->line <= lines, "the line is one of the text");
        require(where->column >= 1 && where->column <= size + 1, "the column can be in the text");
}

static void check_policy(const Policy *policy) {
        CLEANUP(policy_done) Policy again = {};
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(freep) char *text = NULL, *text_again = NULL;
        TextPosition where;
        size_t size, size_again;

        require(policy_check(policy, NULL) == 0, "what is taken passes the check");
        require(policy_to_text(policy, &text, &size) == 0, "it can be written");
        require(policy_from_text(text, size, &again, &where, &failure) == 0, "it is taken again");
        require(policy_equal(policy, &again), "it is equal then");
        require(policy_to_text(&again, &text_again, &size_again) == 0, "it can be written again");
        require(size == size_again && memcmp(text, text_again, size) == 0,
                "the text is a fixed point");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(failure_done) Failure failure = {};
        const char *text = data ? (const char *) data : "";
        TextPosition where = {};
        int r;

        policy_init(&policy);
        r = policy_from_text(text, size, &policy, &where, &failure);
        if (r == 0)
                check_policy(&policy);
        else
                check_refusal(text, size, r, &where, &failure);

        return 0;
}
