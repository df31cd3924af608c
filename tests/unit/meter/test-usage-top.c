/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "meter/usage-top.h"

static void add(UsageTop *top, SubjectKind kind, const char *name, uint64_t day, uint64_t held) {
        const LedgerUsage usage = { .used = { [WINDOW_DAY] = day }, .held = held };

        g_assert_cmpint(usage_top_add(top, kind, name, &usage), ==, 0);
}

static void expect(const UsageTop *top, size_t place, const char *name) {
        g_assert_cmpuint(place, <, top->count);
        g_assert_cmpstr(top->rows[place]->subject.name, ==, name);
}

static void test_busiest_come_first_and_no_more_than_asked_for(void) {
        CLEANUP(usage_top_done) UsageTop top = { .most = 3 };

        add(&top, SUBJECT_DOMAIN, "b", 5, 0);
        add(&top, SUBJECT_DOMAIN, "d", 1, 0);
        add(&top, SUBJECT_DOMAIN, "a", 5, 0);
        add(&top, SUBJECT_USER, "7", 2, 9);
        add(&top, SUBJECT_DOMAIN, "c", 4, 0);
        g_assert_cmpuint(top.count, ==, 3);
        expect(&top, 0, "7");
        expect(&top, 1, "a");
        expect(&top, 2, "b");
}

static void test_who_has_sent_nothing_or_is_of_another_kind_is_left_out(void) {
        CLEANUP(usage_top_done)
        UsageTop top = { .most = 3, .has_kind = true, .kind = SUBJECT_USER };

        add(&top, SUBJECT_USER, "1", 0, 0);
        add(&top, SUBJECT_DOMAIN, "a", 5, 0);
        add(&top, SUBJECT_USER, "2", 1, 0);
        g_assert_cmpuint(top.count, ==, 1);
        expect(&top, 0, "2");
}

/* The same whatever the order in which they are seen is. */
static void test_pages_together_are_all(void) {
        static const uint64_t days[] = { 3, 9, 3, 1, 7, 3, 2, 9, 5, 3 };
        char seen[G_N_ELEMENTS(days) + 1] = "";
        UsageRow *after = NULL;

        for (size_t page = 0; page < 4; page++) {
                CLEANUP(usage_top_done) UsageTop top = { .most = 3, .after = TAKE(after) };

                for (size_t i = 0; i < G_N_ELEMENTS(days); i++) {
                        size_t at = page % 2 ? i : G_N_ELEMENTS(days) - 1 - i;
                        const char name[] = { (char) ('a' + at), 0 };

                        add(&top, SUBJECT_DOMAIN, name, days[at], 0);
                }
                g_assert_cmpuint(top.count, ==, page < 3 ? 3 : 1);
                for (size_t i = 0; i < top.count; i++)
                        strcat(seen, top.rows[i]->subject.name);
                after = g_memdup2(top.rows[top.count - 1], sizeof(UsageRow));
        }

        g_assert_cmpstr(seen, ==, "bheiacfjgd");
        g_free(after);
}

static void add_sums(UsageTop *top, const char *name, uint64_t recipients, uint64_t auth) {
        const ActivitySums sums = { .recipients = recipients, .auth_messages = auth };

        g_assert_cmpint(usage_top_add_sums(top, SUBJECT_MAILBOX, name, &sums), ==, 0);
}

static void test_who_has_only_used_auth_comes_behind_who_has_sent(void) {
        CLEANUP(usage_top_done) UsageTop top = { .most = 2 };
        const Subject after = { SUBJECT_MAILBOX, "c" };

        add_sums(&top, "nothing", 0, 0);
        add_sums(&top, "b", 0, 9);
        add_sums(&top, "c", 5, 1);
        add_sums(&top, "a", 5, 2);
        expect(&top, 0, "a");
        expect(&top, 1, "c");

        usage_top_clear(&top);
        g_assert_cmpint(usage_top_begin_behind_sums(
                                        &top,
                                        &after,
                                        &(ActivitySums){ .recipients = 5, .auth_messages = 1 }),
                        ==,
                        0);
        add_sums(&top, "nothing", 0, 0);
        add_sums(&top, "a", 5, 2);
        add_sums(&top, "c", 5, 1);
        add_sums(&top, "b", 0, 9);
        g_assert_cmpuint(top.count, ==, 1);
        expect(&top, 0, "b");
        g_assert_cmpuint(top.rows[0]->sums.auth_messages, ==, 9);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/meter/usage-top/first",
                        test_busiest_come_first_and_no_more_than_asked_for);
        g_test_add_func("/meter/usage-top/left-out",
                        test_who_has_sent_nothing_or_is_of_another_kind_is_left_out);
        g_test_add_func("/meter/usage-top/pages", test_pages_together_are_all);

        g_test_add_func("/meter/usage-top/sums",
                        test_who_has_only_used_auth_comes_behind_who_has_sent);

        return g_test_run();
}
