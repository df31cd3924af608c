/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Every function of the layer that allocates, with each of its allocations failing in turn: it says
 * -ENOMEM, writes no result, and (a build with the address sanitizer shows) loses nothing. The
 * linker leads the allocations of our libraries here (--wrap in meson.build), jansson has a call
 * for it.
 */

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "expect.h"
#include "policy/facts.h"
#include "policy/policy-change.h"
#include "policy/policy-text.h"
#include "policy/problem.h"
#include "util/text.h"

/* Allocations that still succeed, while `counting`. */
static struct {
        bool counting;
        size_t left;
        size_t failed;
} budget;

static bool allocation_fails(void) {
        if (!budget.counting)
                return false;
        if (budget.left > 0) {
                budget.left--;
                return false;
        }

        budget.failed++;
        return true;
}

char *__real_strdup(const char *string);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
int __real_vasprintf(char **ret, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
char *__wrap_strdup(const char *string);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
int __wrap_vasprintf(char **ret, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

char *__wrap_strdup(const char *string) {
        return allocation_fails() ? NULL : __real_strdup(string);
}

void *__wrap_realloc(void *old, size_t size) {
        return allocation_fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size) {
        return allocation_fails() ? NULL : __real_reallocarray(old, count, size);
}

int __wrap_vasprintf(char **ret, const char *format, va_list arguments) {
        return allocation_fails() ? -1 : __real_vasprintf(ret, format, arguments);
}

static void *json_allocate(size_t size) {
        return allocation_fails() ? NULL : malloc(size);
}

static const char policy_text[] = "{\"AllowedUsers\": [\"a\", \"b\"], \"AllowedGroups\": [\"c\"],"
                                  "\"PortVerdicts\": {\"25\": \"reject\"}, \"Contact\": \"x\\\"\","
                                  "\"CutExisting\": true, \"MailLimits\": {\"RecipientsMax\": 5,"
                                  "\"SmtpAcceptReserve\": 1, \"SmtpReserveHosts\": [\"::1\"]}}";

/* What the operations below work on; made while allocations succeed. */
typedef struct Inputs {
        Policy policy;
        PolicyChange change;
        HostFacts facts;
        Problems problems;
        json_t *policy_json;
        json_t *facts_json;
} Inputs;

/* An operation frees its result. Return: 0 or a negative errno. */
typedef int (*Operation)(const Inputs *inputs);

static int copy_policy(const Inputs *inputs) {
        CLEANUP(policy_done) Policy policy = {};

        return policy_copy(&inputs->policy, &policy);
}

static int make_exception(const Inputs *inputs) {
        CLEANUP(exception_unrefp) Exception *exception = NULL;
        const ExceptionInput input = { .subject = "user:a", .reason = "r" };

        (void) inputs;
        return exception_new(&input, &exception, NULL);
}

static int add_exception(const Inputs *inputs) {
        CLEANUP(exceptions_done) Exceptions exceptions = {};

        return exceptions_add(&exceptions, inputs->policy.exceptions.items[0], 1, NULL);
}

static int write_exception(const Inputs *inputs) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *data = NULL;
        int r;

        r = exception_append_json(inputs->policy.exceptions.items[0], &text);
        return r < 0 ? r : text_finish(&text, &data, NULL);
}

static int number_subject(const Inputs *inputs) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};

        (void) inputs;
        return subject_ids_set(&ids, SUBJECT_USER, "a", 1, NULL, 0);
}

static int apply_change(const Inputs *inputs) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy policy = {};

        return policy_change_apply(&inputs->change, &inputs->policy, &policy, &failure);
}

static int describe_change(const Inputs *inputs) {
        CLEANUP(freep) char *description = policy_change_describe(&inputs->change);

        return description ? 0 : -ENOMEM;
}

static int write_policy(const Inputs *inputs) {
        CLEANUP(freep) char *text = NULL;

        return policy_to_text(&inputs->policy, &text, NULL);
}

static int read_policy(const Inputs *inputs) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy policy = {};

        return policy_from_json(inputs->policy_json, &policy, &failure);
}

/* jansson 2.14 calls a token invalid for which it has no memory: what is there stays in force after
 * either answer. */
static int parse_policy(const Inputs *inputs) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy policy = {};
        TextPosition where;
        int r;

        (void) inputs;
        r = policy_from_text(policy_text, strlen(policy_text), &policy, &where, &failure);
        return r == POLICY_TEXT_E_INVALID ? -ENOMEM : r;
}

static int copy_facts(const Inputs *inputs) {
        CLEANUP(host_facts_done) HostFacts facts = {};

        return host_facts_copy(&inputs->facts, &facts);
}

static int write_facts(const Inputs *inputs) {
        CLEANUP(json_decrefp) json_t *json = host_facts_to_json(&inputs->facts);

        return json ? 0 : -ENOMEM;
}

static int read_facts(const Inputs *inputs) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(host_facts_done) HostFacts facts = {};

        return host_facts_from_json(inputs->facts_json, &facts, &failure);
}

static int copy_problems(const Inputs *inputs) {
        CLEANUP(problems_done) Problems problems = {};

        return problems_copy(&inputs->problems, &problems);
}

static void fill_inputs(Inputs *inputs) {
        CLEANUP(exception_unrefp) Exception *exception = NULL;
        TextPosition where;

        *inputs = (Inputs){ .facts = { .verdicts = port_verdicts_default } };
        policy_init(&inputs->policy);
        g_assert_cmpint(policy_from_text(
                                        policy_text,
                                        strlen(policy_text),
                                        &inputs->policy,
                                        &where,
                                        NULL),
                        ==,
                        0);

        g_assert_cmpint(exception_new(
                                        &(ExceptionInput){
                                                        .subject = "user:a",
                                                        .destination = "192.0.2.1",
                                                        .reason = "r",
                                        },
                                        &exception,
                                        NULL),
                        ==,
                        0);
        g_assert_cmpint(exceptions_add(&inputs->policy.exceptions, exception, 1, NULL), ==, 0);

        policy_change_init(&inputs->change);
        g_assert_cmpint(policy_copy(&inputs->policy, &inputs->change.values), ==, 0);
        for (size_t i = 0; i < _POLICY_KEY_MAX; i++)
                inputs->change.named[i] = true;

        g_assert_cmpint(allowed_ids_append(&inputs->facts.uids, 0, BECAUSE_ROOT, "root", NULL),
                        ==,
                        0);
        g_assert_cmpint(allowed_ids_append(&inputs->facts.uids, 8, BECAUSE_MTA, "\xff", "Exim"),
                        ==,
                        0);
        g_assert_cmpint(allowed_ids_append(&inputs->facts.gids, 8, BECAUSE_MTA, "m", "\xff"),
                        ==,
                        0);
        /* enough for an array of jansson's to grow */
        for (uint32_t id = 100; id < 120; id++)
                g_assert_cmpint(allowed_ids_append(
                                                &inputs->facts.uids,
                                                id,
                                                BECAUSE_ALLOWED_USER,
                                                "customer",
                                                NULL),
                                ==,
                                0);
        g_assert_cmpint(string_list_append(&inputs->facts.unknown_users, "u"), ==, 0);
        g_assert_cmpint(string_list_append(&inputs->facts.unknown_groups, "g"), ==, 0);
        g_assert_cmpint(problems_add(&inputs->problems,
                                     PROBLEM_NAME_UNKNOWN,
                                     PROBLEM_SEVERITY_WARNING,
                                     string_format("text"),
                                     string_format("hint")),
                        ==,
                        0);
        inputs->policy_json = policy_to_json(&inputs->policy);
        inputs->facts_json = host_facts_to_json(&inputs->facts);
}

static void inputs_done(Inputs *inputs) {
        policy_done(&inputs->policy);
        policy_change_done(&inputs->change);
        host_facts_done(&inputs->facts);
        problems_done(&inputs->problems);
        json_decref(inputs->policy_json);
        json_decref(inputs->facts_json);
}

static void test_each_failing_allocation_is_told(void) {
        static const struct {
                const char *name;
                Operation run;
        } operations[] = {
                { "copy policy", copy_policy },  { "apply change", apply_change },
                { "describe", describe_change }, { "write policy", write_policy },
                { "read policy", read_policy },  { "parse policy", parse_policy },
                { "copy facts", copy_facts },    { "write facts", write_facts },
                { "read facts", read_facts },    { "copy problems", copy_problems },
                { "exception", make_exception }, { "add", add_exception },
                { "number", number_subject },    { "write exception", write_exception },
        };
        CLEANUP(inputs_done) Inputs inputs;

        fill_inputs(&inputs);
        for (size_t i = 0; i < ELEMENTS_OF(operations); i++) {
                size_t allocations = 0;
                int r;

                for (;; allocations++) {
                        budget.left = allocations;
                        budget.failed = 0;
                        budget.counting = true;
                        r = operations[i].run(&inputs);
                        budget.counting = false;

                        if (budget.failed == 0)
                                break;
                        if (r != -ENOMEM)
                                g_error("%s, without allocation %zu: %d",
                                        operations[i].name,
                                        allocations,
                                        r);
                }

                g_assert_cmpint(r, ==, 0);
                g_assert_cmpuint(allocations, >, 0);
        }
}

/* A refusal stays the refusal that it is when there is no memory for its words. */
static void test_refusal_without_words_is_still_one(void) {
        for (size_t left = 0; left < 8; left++) {
                CLEANUP(failure_done) Failure key = {}, name = {}, verdict = {};
                PortVerdicts verdicts = {};
                PolicyKey ignored;
                int r;

                budget.left = left;
                budget.counting = true;
                r = policy_key_from_string("Unknown", &ignored, &key);
                g_assert_cmpint(r, ==, -EINVAL);
                budget.left = left;
                r = policy_check_name("AllowedUsers", "a/b", &name);
                g_assert_cmpint(r, ==, -EINVAL);
                budget.left = left;
                r = port_verdicts_add_string(&verdicts, 25, "drop", &verdict);
                budget.counting = false;

                g_assert_cmpint(r, ==, -EINVAL);
                g_assert_cmpint(key.code, ==, FAILURE_UNKNOWN_KEY);
                g_assert_cmpint(name.code, ==, FAILURE_INVALID_VALUE);
                g_assert_cmpint(verdict.code, ==, FAILURE_INVALID_VALUE);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        json_set_alloc_funcs(json_allocate, free);
        g_test_add_func("/no-memory/each-failing-allocation-is-told",
                        test_each_failing_allocation_is_told);
        g_test_add_func("/no-memory/refusal-without-words-is-still-one",
                        test_refusal_without_words_is_still_one);
        return g_test_run();
}
