/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>

#include "ledger-say.h"

#define HOUR SHARE_WINDOW_SEC

/* No limits, but of a domain's recipients half may fail, if they are three at least. */
static Ledger *ledger_that(VerdictKind fail_verdict) {
        LedgerRules rules = {
                .percent = 125,
                .fail_percent = 50,
                .fail_minimum = 3,
                .fail_verdict = fail_verdict,
        };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(0, OVER_LIMIT_HOLD);

        ledger_set_rules(ledger, &rules);
        return TAKE(ledger);
}

/* As Exim writes it behind the id. */
static void outcome_at(Ledger *ledger, unsigned number, const char *text, int64_t now) {
        g_autofree char *line = g_strdup_printf("2026-11-20 08:39:49 %s %s", id_of(number), text);
        LogLine parsed;

        log_line_parse(line, strlen(line), &parsed);
        g_assert_cmpint(parsed.kind, >, LOG_LINE_OTHER);
        g_assert_cmpint(ledger_log_outcome(ledger, id_of(number), &parsed, now, now), ==, 0);
}

static void outcome(Ledger *ledger, unsigned number, const char *text) {
        outcome_at(ledger, number, text, START);
}

static void send_to(Ledger *ledger, unsigned number) {
        g_assert_cmpint(ask(ledger, number, 1), ==, VERDICT_OK);
        accepted(ledger, number, START);
}

/* Three of three. */
static void fail_all(Ledger *ledger) {
        send_to(ledger, 1);
        outcome(ledger, 1, "** a@x.test: no");
        outcome(ledger, 1, "** b@y.test: no");
        outcome(ledger, 1, "== c@z.test R=r T=t defer (-44): later");
}

static void test_failed_mail_holds_its_domain_for_an_hour(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_HOLD);

        fail_all(ledger);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        accepted(ledger, 2, START);
        g_assert_false(goes(ledger, 2, START + HOUR - 1));
        g_assert_true(goes(ledger, 2, START + HOUR));
        g_assert_cmpint(ask_at(ledger, 3, 1, START + HOUR), ==, VERDICT_OK);
}

static void test_hold_ends_when_the_share_is_right_again(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_HOLD);

        fail_all(ledger);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        outcome(ledger, 1, "=> c@z.test R=r T=t");
        g_assert_true(goes(ledger, 2, START));
}

static void test_fewer_than_both_numbers_hold_nothing(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_HOLD);

        send_to(ledger, 1);
        outcome(ledger, 1, "** a@x.test: no");
        outcome(ledger, 1, "** b@y.test: no");
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_OK);
        for (unsigned i = 0; i < 4; i++) {
                char line[32];

                (void) snprintf(line, sizeof(line), "=> d%u@y.test R=r T=t", i);
                outcome(ledger, 1, line);
        }
        outcome(ledger, 1, "** e@z.test: no");
        g_assert_cmpint(ask(ledger, 3, 1), ==, VERDICT_OK);
        outcome(ledger, 1, "** f@z.test: no");
        g_assert_cmpint(ask(ledger, 4, 1), ==, VERDICT_HOLD);
}

static void test_other_domains_are_not_concerned(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_DENY);
        Subjects subjects = subjects_of("d2.test", "", "1000");
        LedgerAnswer answer;

        fail_all(ledger);
        g_assert_cmpint(ledger_ask(ledger, id_of(2), 1, &subjects, true, 1000, START, &answer),
                        ==,
                        0);
        g_assert_cmpint(answer.verdict.kind, ==, VERDICT_OK);
}

/* The answer's name is that of these. */
static Subjects asked;

static LedgerAnswer question(Ledger *ledger, int64_t now) {
        LedgerAnswer answer;

        asked = subjects_of("d1.test", "", "1000");
        g_assert_cmpint(ledger_ask(ledger, NULL, 1, &asked, true, 1000, now, &answer), ==, 0);
        return answer;
}

static void test_refusal_says_how_much_and_is_told_once(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_DENY);
        LedgerAnswer answer;

        fail_all(ledger);
        answer = question(ledger, START);
        g_assert_cmpint(answer.verdict.kind, ==, VERDICT_DENY);
        g_assert_true(answer.by_share);
        g_assert_cmpstr(answer.name, ==, "d1.test");
        g_assert_cmpuint(answer.share.bad, ==, 3);
        g_assert_cmpuint(answer.share.recipients, ==, 3);
        g_assert_true(answer.tell);
        g_assert_false(question(ledger, START + 1).tell);
}

static void test_refusal_holds_nothing_that_waits(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_HOLD);
        LedgerRules rules = { .fail_percent = 50, .fail_minimum = 3, .fail_verdict = VERDICT_DENY };

        fail_all(ledger);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        ledger_set_rules(ledger, &rules);
        g_assert_true(goes(ledger, 2, START));
}

static void test_worse_verdict_of_a_limit_stays(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(1, OVER_LIMIT_REJECT);
        LedgerRules rules = {
                .limits = { [SUBJECT_DOMAIN] = { 1 } },
                .action = OVER_LIMIT_REJECT,
                .fail_percent = 50,
                .fail_minimum = 3,
                .fail_verdict = VERDICT_OBSERVE,
        };

        ledger_set_rules(ledger, &rules);
        fail_all(ledger);
        g_assert_cmpint(question(ledger, START).verdict.kind, ==, VERDICT_DENY);
        g_assert_false(question(ledger, START).by_share);
        rules.limits[SUBJECT_DOMAIN][WINDOW_HOUR] = 100;
        ledger_set_rules(ledger, &rules);
        g_assert_cmpint(question(ledger, START).verdict.kind, ==, VERDICT_OBSERVE);
        g_assert_true(question(ledger, START).by_share);
}

static void test_delivery_before_the_message_is_accepted_counts(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_HOLD);
        LedgerUsage usage;

        g_assert_cmpint(ask(ledger, 1, 1), ==, VERDICT_OK);
        outcome(ledger, 1, ">> a@x.test R=r T=t");
        accepted(ledger, 1, START);
        ledger_read_usage(ledger, SUBJECT_DOMAIN, "d1.test", START, &usage);
        g_assert_cmpuint(usage.share.recipients, ==, 1);
        g_assert_cmpuint(usage.share.bad, ==, 0);
        g_assert_false(usage.is_share_reached);
}

static void test_held_mail_is_looked_at_when_it_is_tried(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_HOLD);
        int64_t later = START + 2 * SHARE_MESSAGE_SEC;
        LedgerUsage usage;

        fail_all(ledger);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        accepted(ledger, 2, START);
        g_assert_true(goes(ledger, 2, later));
        outcome_at(ledger, 2, "** a@x.test: no", later);
        ledger_read_usage(ledger, SUBJECT_DOMAIN, "d1.test", later, &usage);
        g_assert_cmpuint(usage.share.bad, ==, 1);
}

static void test_reset_ends_it_for_good(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_that(VERDICT_HOLD);

        fail_all(ledger);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        accepted(ledger, 2, START);
        g_assert_cmpint(ledger_reset(ledger, SUBJECT_DOMAIN, "d1.test", START), ==, 0);
        g_assert_true(goes(ledger, 2, START));
        /* the next tries of what had failed before */
        outcome(ledger, 1, "== c@z.test R=r T=t defer (-44): later");
        outcome(ledger, 1, "** c@z.test: retry timeout exceeded");
        g_assert_cmpint(ask(ledger, 3, 1), ==, VERDICT_OK);
}

static void test_reset_gives_room_and_leaves_what_is_open(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 8), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpint(ask(ledger, 2, 2), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 3, 1), ==, VERDICT_HOLD);
        accepted(ledger, 3, START);
        g_assert_cmpint(ledger_reset(ledger, SUBJECT_DOMAIN, "d1.test", START), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).reserved, ==, 2);
        g_assert_true(goes(ledger, 3, START));
        accepted(ledger, 2, START);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 3);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_DAY], ==, 3);
}

#define CASE(name, function) g_test_add_func("/ledger-share/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("hold", test_failed_mail_holds_its_domain_for_an_hour);
        CASE("right-again", test_hold_ends_when_the_share_is_right_again);
        CASE("both-numbers", test_fewer_than_both_numbers_hold_nothing);
        CASE("other-domains", test_other_domains_are_not_concerned);
        CASE("refusal", test_refusal_says_how_much_and_is_told_once);
        CASE("refusal-and-held", test_refusal_holds_nothing_that_waits);
        CASE("worse-verdict", test_worse_verdict_of_a_limit_stays);
        CASE("cut-through", test_delivery_before_the_message_is_accepted_counts);
        CASE("held", test_held_mail_is_looked_at_when_it_is_tried);
        CASE("reset", test_reset_ends_it_for_good);
        CASE("reset-of-counts", test_reset_gives_room_and_leaves_what_is_open);

        return g_test_run();
}
