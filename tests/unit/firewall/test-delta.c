/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whatever a delta says is checked against both rulesets as they would be rendered whole. */

#include "firewall/delta.h"
#include "grant.h"

#define USERS  6
#define GROUPS 2

static const char *const verdicts[] = { "reject", "redirect", "observe", "allow" };
static const char *const destinations[] = {
        NULL,        NULL,        "192.0.2.0/24",  "192.0.2.0/25",
        "192.0.2.1", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1",
};

static void grant_random(Exceptions *exceptions) {
        static const uint16_t some[] = { 25, 587, 0 };
        bool group = g_test_rand_int_range(0, 4) == 0;
        g_autofree char *subject =
                        g_strdup_printf("%s%d",
                                        group ? "group:g" : "user:u",
                                        g_test_rand_int_range(0, group ? GROUPS : USERS));

        grant(exceptions,
              subject,
              any_of(destinations, ELEMENTS_OF(destinations)),
              g_test_rand_bit() ? some : NULL,
              any_of(verdicts, ELEMENTS_OF(verdicts)),
              g_test_rand_bit() ? 0 : NOW + (uint64_t) g_test_rand_int_range(1, 1000));
}

static void change_random(const Exceptions *before, Exceptions *after) {
        g_assert_cmpint(exceptions_copy(before, after), ==, 0);
        for (int i = g_test_rand_int_range(0, 4); i > 0 && after->count > 0; i--)
                g_assert_cmpint(exceptions_remove(
                                                after,
                                                after->items[g_test_rand_int_range(
                                                                             0,
                                                                             (gint32) after->count)]
                                                                ->id,
                                                NOW,
                                                NULL),
                                ==,
                                0);
        for (int i = g_test_rand_int_range(0, 4); i > 0; i--)
                grant_random(after);
}

static uint64_t end_of(const ExceptionElements *elements, const ExceptionElement *wanted) {
        const ExceptionElement *found = exception_elements_find(elements, wanted);

        return found ? found->expires_usec : 0;
}

static bool has_set(const ExceptionElements *elements, const Question *question) {
        for (size_t i = 0; i < elements->count; i++)
                if (question_compare(&elements->items[i].question, question) == 0)
                        return true;

        return false;
}

static const DeltaElement *find_item(const Delta *delta, const ExceptionElement *wanted) {
        const ExceptionElements one = { .items = (ExceptionElement *) wanted, .count = 1 };

        for (size_t i = 0; i < delta->count; i++)
                if (exception_elements_find(&one, &delta->items[i].element))
                        return &delta->items[i];

        return NULL;
}

/* What has another end on the other side is in the delta. */
static void assert_complete(
                const Delta *delta, const ExceptionElements *a, const ExceptionElements *b) {
        for (size_t i = 0; i < a->count; i++)
                if (end_of(b, &a->items[i]) != a->items[i].expires_usec)
                        g_assert_nonnull(find_item(delta, &a->items[i]));
}

static void assert_sets(
                const Delta *delta,
                const ExceptionElements *before,
                const ExceptionElements *after) {
        size_t wanted = 0;

        for (size_t i = 0; i < delta->set_count; i++) {
                const DeltaSet *set = &delta->sets[i];

                g_assert_cmpint(has_set(before, &set->question), ==, !set->comes);
                g_assert_cmpint(has_set(after, &set->question), ==, set->comes);
        }

        for (size_t i = 0; i < before->count; i = exception_elements_set_end(before, i))
                wanted += !question_is_guard(&before->items[i].question) &&
                          !has_set(after, &before->items[i].question);
        for (size_t i = 0; i < after->count; i = exception_elements_set_end(after, i))
                wanted += !question_is_guard(&after->items[i].question) &&
                          !has_set(before, &after->items[i].question);
        g_assert_cmpuint(delta->set_count, ==, wanted);
}

static int make(const DeltaSide *before, const DeltaSide *after, Delta *ret) {
        CLEANUP(exception_elements_done) ExceptionElements elements = {};

        g_assert_cmpint(delta_elements(before->exceptions, before->subjects, &elements), ==, 0);
        return delta_make(before, &elements, after, ret);
}

/* Kept up to date by the delta, or made anew: no difference. */
static void assert_elements_follow(
                const DeltaSide *before, const DeltaSide *after, const Delta *delta) {
        CLEANUP(exception_elements_done) ExceptionElements changed = {};
        CLEANUP(exception_elements_done) ExceptionElements wanted = {};

        g_assert_cmpint(delta_elements(before->exceptions, before->subjects, &changed), ==, 0);
        g_assert_cmpint(delta_elements(after->exceptions, after->subjects, &wanted), ==, 0);
        g_assert_cmpint(delta_change_elements(delta, &changed), ==, 0);

        g_assert_cmpuint(changed.count, ==, wanted.count);
        for (size_t i = 0; i < wanted.count; i++)
                g_assert_cmpint(exception_element_compare(&changed.items[i], &wanted.items[i]),
                                ==,
                                0);
}

static void test_delta_is_the_difference_of_two_rulesets(void) {
        for (unsigned i = 0; i < 2000; i++) {
                CLEANUP(exceptions_done) Exceptions old = {};
                CLEANUP(exceptions_done) Exceptions new = {};
                CLEANUP(subject_ids_done) SubjectIds subjects = {};
                CLEANUP(exception_elements_done) ExceptionElements before = {};
                CLEANUP(exception_elements_done) ExceptionElements after = {};
                CLEANUP(delta_done) Delta delta = {};
                const DeltaSide old_side = { &old, &subjects };
                const DeltaSide new_side = { &new, &subjects };

                name_subjects(&subjects, USERS - 1, GROUPS);
                /* one more name of a uid that another name has, too */
                name_user(&subjects, "u5", 1000);
                for (int j = g_test_rand_int_range(0, 30); j > 0; j--)
                        grant_random(&old);
                change_random(&old, &new);
                g_assert_cmpint(make_elements(&old, &subjects, &before), ==, 0);
                g_assert_cmpint(make_elements(&new, &subjects, &after), ==, 0);

                g_assert_cmpint(make(&old_side, &new_side, &delta), ==, 0);
                for (size_t j = 0; j < delta.count; j++) {
                        const DeltaElement *item = &delta.items[j];

                        g_assert_cmpuint(item->before_usec, ==, end_of(&before, &item->element));
                        g_assert_cmpuint(item->after_usec, ==, end_of(&after, &item->element));
                }
                assert_elements_follow(&old_side, &new_side, &delta);
                assert_complete(&delta, &before, &after);
                assert_complete(&delta, &after, &before);
                assert_sets(&delta, &before, &after);
        }
}

static void test_numbers_of_subjects_that_stay_must_agree(void) {
        CLEANUP(exceptions_done) Exceptions exceptions = {};
        CLEANUP(exceptions_done) Exceptions gone = {};
        CLEANUP(subject_ids_done) SubjectIds before = {};
        CLEANUP(subject_ids_done) SubjectIds after = {};
        CLEANUP(subject_ids_done) SubjectIds none = {};
        const DeltaSide side = { &exceptions, &before };
        const DeltaSide renumbered = { &exceptions, &after };
        const DeltaSide unknown = { &exceptions, &none };
        const DeltaSide empty = { &gone, &none };

        grant(&exceptions, "user:u0", NULL, NULL, "allow", 0);
        name_subjects(&before, 1, 0);
        name_user(&after, "u0", 5);

        g_assert_false(delta_subjects_agree(&side, &renumbered));
        g_assert_false(delta_subjects_agree(&side, &unknown));
        g_assert_false(delta_subjects_agree(&unknown, &side));
        g_assert_true(delta_subjects_agree(&side, &side));
        g_assert_true(delta_subjects_agree(&side, &empty));
        g_assert_true(delta_subjects_agree(&empty, &side));
}

static void test_many_differences_are_too_much(void) {
        CLEANUP(exceptions_done) Exceptions none = {};
        CLEANUP(exceptions_done) Exceptions many = {};
        CLEANUP(subject_ids_done) SubjectIds subjects = {};
        CLEANUP(delta_done) Delta delta = {};
        const DeltaSide before = { &none, &subjects };
        const DeltaSide after = { &many, &subjects };

        name_subjects(&subjects, USERS, GROUPS);
        for (unsigned i = 0; i < DELTA_EXCEPTIONS_MAX + 1; i++)
                grant_random(&many);
        g_assert_cmpint(make(&before, &after, &delta), ==, DELTA_E_TOO_MUCH);
        g_assert_cmpint(make(&after, &before, &delta), ==, DELTA_E_TOO_MUCH);
}

static void assert_batch(const Exceptions *old, const Exceptions *new, const char *text) {
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(host_facts_done) HostFacts facts = { .verdicts = port_verdicts_default };
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        CLEANUP(delta_done) Delta delta = {};
        CLEANUP(freep) char *batch = NULL;
        const DeltaSide before = { old, &facts.subjects };
        const DeltaSide after = { new, &facts.subjects };

        policy_init(&policy);
        policy.observe = true; /* one chain asks, rather than three */
        g_assert_cmpint(exceptions_copy(new, &policy.exceptions), ==, 0);
        name_subjects(&facts.subjects, 2, 0);
        g_assert_cmpint(ruleset_plan(&policy, &facts, &plan), ==, 0);
        g_assert_cmpint(make(&before, &after, &delta), ==, 0);
        g_assert_cmpint(delta_render(&delta, &plan, NOW, &batch), ==, 0);
        g_assert_cmpstr(batch, ==, text);
}

#define T "inet smtp_restrictions "

static void test_one_more_is_elements_alone(void) {
        CLEANUP(exceptions_done) Exceptions old = {};
        CLEANUP(exceptions_done) Exceptions new = {};

        grant(&old, "user:u0", NULL, NULL, "allow", 0);
        g_assert_cmpint(exceptions_copy(&old, &new), ==, 0);
        grant(&new, "user:u1", NULL, NULL, "allow", NOW + 90061 * USEC_PER_SEC + 1500);
        assert_batch(&old,
                     &new,
                     "add element " T "excepted_uids { 1001 timeout 1d3661s2ms\n}\n"
                     "add element " T "allow_user { 1001 timeout 1d3661s2ms\n}\n");
        assert_batch(&new,
                     &old,
                     "add element " T "excepted_uids { 1001\n}\n"
                     "delete element " T "excepted_uids { 1001\n}\n"
                     "add element " T "allow_user { 1001\n}\n"
                     "delete element " T "allow_user { 1001\n}\n");
}

static void test_new_question_brings_its_set_and_rule(void) {
        CLEANUP(exceptions_done) Exceptions old = {};
        CLEANUP(exceptions_done) Exceptions new = {};

        grant(&old, "user:u0", NULL, NULL, "allow", 0);
        g_assert_cmpint(exceptions_copy(&old, &new), ==, 0);
        grant(&new, "user:u0", "192.0.2.1", NULL, "reject", 0);
        assert_batch(&old,
                     &new,
                     "add set " T "reject_user_ip_32 { type uid . ipv4_addr; flags timeout; }\n"
                     "add element " T "reject_user_ip_32 { 1000 . 192.0.2.1\n}\n"
                     "flush chain " T "exceptions\n"
                     "add rule " T "exceptions exthdr rt exists goto observe\n"
                     "add rule " T "exceptions fib daddr type local accept\n"
                     "add rule " T "exceptions tcp flags & (fin | syn | rst | ack) != syn return\n"
                     "add rule " T
                     "exceptions meta skuid . ip daddr @reject_user_ip_32 goto observe\n"
                     "add rule " T "exceptions meta skuid @allow_user accept\n");
        assert_batch(&new,
                     &old,
                     "flush chain " T "exceptions\n"
                     "add rule " T "exceptions exthdr rt exists goto observe\n"
                     "add rule " T "exceptions fib daddr type local accept\n"
                     "add rule " T "exceptions tcp flags & (fin | syn | rst | ack) != syn return\n"
                     "add rule " T "exceptions meta skuid @allow_user accept\n"
                     "delete set " T "reject_user_ip_32\n");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/delta/is-the-difference-of-two-rulesets",
                        test_delta_is_the_difference_of_two_rulesets);
        g_test_add_func("/delta/numbers-of-subjects-that-stay-must-agree",
                        test_numbers_of_subjects_that_stay_must_agree);
        g_test_add_func("/delta/many-differences-are-too-much", test_many_differences_are_too_much);
        g_test_add_func("/delta/one-more-is-elements-alone", test_one_more_is_elements_alone);
        g_test_add_func("/delta/new-question-brings-its-set-and-rule",
                        test_new_question_brings_its_set_and_rule);
        return g_test_run();
}
