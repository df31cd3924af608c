/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "meter/share.h"

#define NOW  INT64_C(1795163989)
#define HOUR SHARE_WINDOW_SEC
#define DAY  SHARE_MESSAGE_SEC

static const HashKey key = { { 1, 2 } };

static char *id_of(unsigned number) {
        return g_strdup_printf("1xUK9t-%06u-2M", number);
}

static Share *new_share(void) {
        Share *share = NULL;

        g_assert_cmpint(share_new(&key, &share), ==, 0);
        return share;
}

static void begin_at(Share *share, unsigned number, int64_t now_sec) {
        static const char *const names[] = { "low.test", "", "" };
        g_autofree char *id = id_of(number);

        g_assert_cmpint(share_begin(share, id, names, now_sec), ==, 0);
        g_assert_true(share_knows(share, id));
}

static void begin(Share *share, unsigned number) {
        begin_at(share, number, NOW);
}

/* As Exim writes it behind the id. */
static void note_at(Share *share, unsigned number, const char *text, int64_t now_sec) {
        g_autofree char *id = id_of(number);
        g_autofree char *line = g_strdup_printf("2026-11-20 08:39:49 %s %s", id, text);
        LogLine parsed;

        log_line_parse(line, strlen(line), &parsed);
        g_assert_cmpint(parsed.kind, !=, LOG_LINE_UNPARSABLE);
        g_assert_cmpint(share_note(share, &parsed, now_sec, now_sec), ==, 0);
}

static void note(Share *share, unsigned number, const char *text) {
        note_at(share, number, text, NOW);
}

static void forget(Share *share, SubjectKind kind, const char *name) {
        g_assert_cmpint(share_forget(share, kind, name), ==, 0);
}

static void assert_counts(Share *share, uint64_t recipients, uint64_t bad) {
        ShareCounts counts = share_read(share, SUBJECT_DOMAIN, "low.test", NOW);

        g_assert_cmpuint(counts.recipients, ==, recipients);
        g_assert_cmpuint(counts.bad, ==, bad);
}

static void test_last_attempt_of_a_recipient_counts(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin(share, 1);
        note(share, 1, "== a@x.test R=r T=t defer (-44): later");
        assert_counts(share, 1, 1);
        note(share, 1, "== a@x.test R=r T=t defer (-44): later");
        assert_counts(share, 1, 1);
        note(share, 1, "=> a@x.test R=r T=t");
        assert_counts(share, 1, 0);
        note(share, 1, "** b@x.test: no");
        note(share, 1, "== c@x.test R=r T=t defer (-44): later");
        note(share, 1, "** c@x.test: retry timeout exceeded");
        assert_counts(share, 3, 2);
}

static void test_each_message_counts_its_recipients(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin(share, 1);
        begin(share, 2);
        begin(share, 2);
        note(share, 1, "** a@x.test: no");
        note(share, 2, "** a@x.test: no");
        assert_counts(share, 2, 2);
}

static void test_what_says_nothing_of_the_sender_is_left_out(void) {
        static const char *const lines[] = {
                "== a@x.test defer (-23): domain is held",
                "*> a@x.test R=r T=t",
                "=> :blackhole: <a@low.test> R=r",
                "=> tester <tester@low.test> R=local T=local",
                "** |/bin/false <tester@low.test> R=r T=t: failed",
                "Frozen",
        };
        CLEANUP(share_freep) Share *share = new_share();

        begin(share, 1);
        for (size_t i = 0; i < ELEMENTS_OF(lines); i++)
                note(share, 1, lines[i]);
        assert_counts(share, 0, 0);
}

static void test_message_that_came_from_elsewhere_is_left_out(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin(share, 2);
        note(share, 1, "** a@x.test: no");
        assert_counts(share, 0, 0);
}

static void test_completed_message_is_forgotten_and_its_outcome_is_not(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin(share, 1);
        note(share, 1, "** a@x.test: no");
        note(share, 1, "Completed");
        note(share, 1, "** b@x.test: no");
        assert_counts(share, 1, 1);
}

static void test_outcome_counts_for_an_hour_since_the_last_attempt(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin_at(share, 1, NOW - HOUR);
        note_at(share, 1, "** a@x.test: no", NOW - HOUR);
        note_at(share, 1, "== b@x.test R=r T=t defer (-44): later", NOW - HOUR);
        note_at(share, 1, "== b@x.test R=r T=t defer (-44): later", NOW - HOUR + 1);
        note_at(share, 1, "** c@x.test: no", NOW - HOUR + 2);
        assert_counts(share, 2, 2);
        g_assert_cmpuint(share_read(share, SUBJECT_DOMAIN, "low.test", NOW + 1).bad, ==, 1);
        g_assert_cmpuint(share_read(share, SUBJECT_DOMAIN, "low.test", NOW + 2).bad, ==, 0);
}

static void test_message_counts_for_a_day(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin_at(share, 1, NOW - DAY);
        begin_at(share, 2, NOW - DAY + 1);
        note_at(share, 1, "** a@x.test: no", NOW - 1);
        note_at(share, 2, "** a@x.test: no", NOW - 1);
        assert_counts(share, 2, 2);
        note(share, 1, "** b@x.test: no");
        note(share, 2, "** b@x.test: no");
        assert_counts(share, 3, 3);
}

static void test_what_is_to_come_is_forgotten(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin_at(share, 1, NOW + DAY);
        note_at(share, 1, "** a@x.test: no", NOW + DAY);
        assert_counts(share, 0, 0);
}

static void test_same_lines_again_change_nothing(void) {
        static const char *const lines[] = {
                "== a@x.test R=r T=t defer (-44): later",
                "** b@y.test: no",
                "=> a@x.test R=r T=t",
                "== c@x.test R=r T=t defer (-44): later",
        };
        CLEANUP(share_freep) Share *share = new_share();

        begin(share, 1);
        for (size_t i = 0; i < 3 * ELEMENTS_OF(lines); i++)
                note(share, 1, lines[i % ELEMENTS_OF(lines)]);
        assert_counts(share, 3, 2);
}

static void test_what_is_forgotten_comes_never_back(void) {
        CLEANUP(share_freep) Share *share = new_share();

        begin(share, 1);
        note(share, 1, "** a@x.test: no");
        note(share, 1, "== b@y.test R=r T=t defer (-44): later");
        forget(share, SUBJECT_DOMAIN, "low.test");
        assert_counts(share, 0, 0);
        note(share, 1, "** b@y.test: no");
        assert_counts(share, 0, 0);

        begin(share, 2);
        note(share, 2, "** a@x.test: no");
        assert_counts(share, 1, 1);
        forget(share, SUBJECT_DOMAIN, "other.test");
        assert_counts(share, 1, 1);
}

/* What was sent before it never counts, also if nothing had become of it; all else does. */
static void test_what_is_forgotten_is_told_from_what_is_new(void) {
        static const char *const names[] = { "low.test", "bob@low.test", "" };
        CLEANUP(share_freep) Share *share = new_share();
        g_autofree char *id = id_of(1);

        g_assert_cmpint(share_begin(share, id, names, NOW), ==, 0);
        forget(share, SUBJECT_DOMAIN, "low.test");
        begin(share, 2);
        note(share, 2, "** a@x.test: no");
        note(share, 1, "** a@x.test: no");
        assert_counts(share, 1, 1);
        g_assert_cmpuint(share_read(share, SUBJECT_MAILBOX, "bob@low.test", NOW).bad, ==, 1);

        forget(share, SUBJECT_DOMAIN, "low.test");
        note(share, 1, "** b@x.test: no");
        note(share, 2, "** b@x.test: no");
        assert_counts(share, 0, 0);

        note(share, 1, "Completed");
        note(share, 2, "Completed");
        begin(share, 3);
        note(share, 3, "** a@x.test: no");
        assert_counts(share, 1, 1);
}

static void test_all_that_have_sent_it_are_counted(void) {
        CLEANUP(share_freep) Share *share = new_share();
        static const char *const names[] = { "low.test", "bob@low.test", "1000" };
        g_autofree char *id = id_of(1);

        g_assert_cmpint(share_begin(share, id, names, NOW), ==, 0);
        note(share, 1, "** a@x.test: no");
        g_assert_cmpuint(share_read(share, SUBJECT_DOMAIN, "low.test", NOW).bad, ==, 1);
        g_assert_cmpuint(share_read(share, SUBJECT_MAILBOX, "bob@low.test", NOW).bad, ==, 1);
        g_assert_cmpuint(share_read(share, SUBJECT_USER, "1000", NOW).bad, ==, 1);
        g_assert_cmpuint(share_read(share, SUBJECT_MAILBOX, "low.test", NOW).bad, ==, 0);
        g_assert_cmpuint(share_read(share, SUBJECT_USER, "1001", NOW).bad, ==, 0);
}

static void test_one_broken_receiver_is_told_apart(void) {
        CLEANUP(share_freep) Share *share = new_share();
        ShareCounts counts;

        begin(share, 1);
        note(share, 1, "** a@x.test: no");
        note(share, 1, "** b@X.test: no");
        note(share, 1, "** c@x.TEST: no");
        note(share, 1, "=> d@y.test R=r T=t");
        counts = share_read(share, SUBJECT_DOMAIN, "low.test", NOW);
        g_assert_true(counts.is_one_receiver);
        g_assert_false(share_is_reached(&counts, 1, 1));

        note(share, 1, "** e@y.test: no");
        counts = share_read(share, SUBJECT_DOMAIN, "low.test", NOW);
        g_assert_false(counts.is_one_receiver);
        g_assert_true(share_is_reached(&counts, 1, 1));

        note(share, 1, "=> e@y.test R=r T=t");
        g_assert_true(share_read(share, SUBJECT_DOMAIN, "low.test", NOW).is_one_receiver);
}

static void test_minimum_and_percentage_have_both_to_be_reached(void) {
        static const struct {
                ShareCounts counts;
                uint64_t percent, minimum;
                bool reached;
        } cases[] = {
                { { 10, 5, false }, 50, 5, true },  { { 10, 5, false }, 51, 5, false },
                { { 10, 5, false }, 50, 6, false }, { { 10, 5, true }, 50, 5, false },
                { { 5, 5, false }, 100, 5, true },  { { 0, 0, false }, 1, 0, false },
                { { 3, 1, false }, 34, 1, false },  { { 3, 1, false }, 33, 1, true },
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++)
                g_assert_cmpint(share_is_reached(
                                                &cases[i].counts,
                                                cases[i].percent,
                                                cases[i].minimum),
                                ==,
                                cases[i].reached);
}

static void test_memory_is_bounded(void) {
        CLEANUP(share_freep) Share *share = new_share();
        ShareCounts counts;

        for (unsigned i = 0; i < SHARE_MESSAGES_MAX / 100; i++) {
                begin(share, i);
                for (unsigned k = 0; k < 101; k++) {
                        char line[32];

                        (void) snprintf(line, sizeof(line), "** a%u@x.test: no", k);
                        note(share, i, line);
                }
        }
        counts = share_read(share, SUBJECT_DOMAIN, "low.test", NOW);
        g_assert_cmpuint(counts.recipients, ==, SHARE_OUTCOMES_MAX);
        g_assert_cmpuint(counts.bad, ==, SHARE_OUTCOMES_MAX);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/share/last", test_last_attempt_of_a_recipient_counts);
        g_test_add_func("/share/message", test_each_message_counts_its_recipients);
        g_test_add_func("/share/other", test_what_says_nothing_of_the_sender_is_left_out);
        g_test_add_func("/share/elsewhere", test_message_that_came_from_elsewhere_is_left_out);
        g_test_add_func("/share/completed",
                        test_completed_message_is_forgotten_and_its_outcome_is_not);
        g_test_add_func("/share/hour", test_outcome_counts_for_an_hour_since_the_last_attempt);
        g_test_add_func("/share/day", test_message_counts_for_a_day);
        g_test_add_func("/share/to-come", test_what_is_to_come_is_forgotten);
        g_test_add_func("/share/again", test_same_lines_again_change_nothing);
        g_test_add_func("/share/forgotten", test_what_is_forgotten_comes_never_back);
        g_test_add_func("/share/forgotten-and-new",
                        test_what_is_forgotten_is_told_from_what_is_new);
        g_test_add_func("/share/all", test_all_that_have_sent_it_are_counted);
        g_test_add_func("/share/receiver", test_one_broken_receiver_is_told_apart);
        g_test_add_func("/share/both", test_minimum_and_percentage_have_both_to_be_reached);
        g_test_add_func("/share/bound", test_memory_is_bounded);
        return g_test_run();
}
