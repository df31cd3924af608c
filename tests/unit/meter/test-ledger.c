/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ledger-say.h"

static void test_exactly_the_limit_passes(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);

        for (unsigned i = 0; i < 10; i++)
                g_assert_cmpint(ask(ledger, i, 1), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 10, 1), ==, VERDICT_DENY);
}

static void test_what_is_in_the_log_counts_for_an_hour_from_the_question(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        accepted(ledger, 1, START + 5);
        g_assert_cmpuint(usage_at(ledger, START + 5).used[WINDOW_HOUR], ==, 10);
        g_assert_cmpuint(usage_at(ledger, START + 5).reserved, ==, 0);
        g_assert_cmpint(ask_at(ledger, 2, 1, START + 3600), ==, VERDICT_DENY);
        g_assert_cmpint(ask_at(ledger, 3, 10, START + 3601), ==, VERDICT_OK);
}

static void test_reservation_that_never_comes_is_forgotten(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ledger_sweep(ledger, START + 600, true), ==, 0);
        g_assert_cmpint(ask_at(ledger, 2, 1, START + 600), ==, VERDICT_DENY);
        g_assert_cmpint(ledger_sweep(ledger, START + 601, true), ==, 0);
        g_assert_cmpint(ask_at(ledger, 2, 10, START + 601), ==, VERDICT_OK);
}

static void test_reservation_is_counted_while_the_log_cannot_be_read(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ledger_sweep(ledger, START + 601, false), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START + 601).used[WINDOW_HOUR], ==, 10);
}

static void test_same_id_counts_once_and_gets_the_same_answer(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        accepted(ledger, 1, START);
        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 10);
        g_assert_cmpuint(usage_at(ledger, START).held, ==, 1);
}

static void test_question_alone_takes_no_room(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(1, OVER_LIMIT_DEFER);
        Subjects subjects = subjects_of("d1.test", "", "");
        LedgerAnswer answer;

        for (unsigned i = 0; i < 5; i++) {
                g_assert_cmpint(ledger_ask(ledger, NULL, 1, &subjects, false, 0, START, &answer),
                                ==,
                                0);
                g_assert_cmpint(answer.verdict.kind, ==, VERDICT_OK);
        }
        g_assert_cmpuint(ledger_count_messages(ledger), ==, 0);
}

static void test_all_subjects_keep_their_limits(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(100, OVER_LIMIT_REJECT);
        Subjects first = subjects_of("d1.test", "a@d1.test", "");
        Subjects second = subjects_of("d1.test", "b@d1.test", "");
        LedgerRules rules = { .action = OVER_LIMIT_REJECT, .percent = 100 };
        LedgerAnswer answer;

        rules.limits[SUBJECT_DOMAIN][WINDOW_DAY] = 15;
        rules.limits[SUBJECT_MAILBOX][WINDOW_HOUR] = 10;
        ledger_set_rules(ledger, &rules);
        g_assert_cmpint(ledger_ask(ledger, id_of(1), 10, &first, false, 0, START, &answer), ==, 0);
        g_assert_cmpint(answer.verdict.kind, ==, VERDICT_OK);
        g_assert_cmpint(ledger_ask(ledger, id_of(2), 1, &first, false, 0, START, &answer), ==, 0);
        g_assert_cmpint(answer.verdict.kind, ==, VERDICT_DENY);
        g_assert_cmpstr(answer.name, ==, "a@d1.test");
        g_assert_cmpint(ledger_ask(ledger, id_of(3), 6, &second, false, 0, START, &answer), ==, 0);
        g_assert_cmpint(answer.verdict.kind, ==, VERDICT_DENY);
        g_assert_cmpstr(answer.name, ==, "d1.test");
        g_assert_cmpint(ledger_ask(ledger, id_of(4), 5, &second, false, 0, START, &answer), ==, 0);
        g_assert_cmpint(answer.verdict.kind, ==, VERDICT_OK);
}

static void test_end_of_a_limit_is_told_once_an_hour(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        Subjects subjects = subjects_of("d1.test", "", "");
        LedgerAnswer answer;

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpint(ledger_ask(ledger, NULL, 1, &subjects, false, 0, START + 9, &answer),
                        ==,
                        0);
        g_assert_cmpint(answer.until_sec, ==, START + 3601);
        g_assert_true(answer.tell);
        g_assert_cmpint(ledger_ask(ledger, NULL, 1, &subjects, false, 0, START + 10, &answer),
                        ==,
                        0);
        g_assert_false(answer.tell);
}

static void test_held_mail_goes_first_in_first_out(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(8, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 8), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpint(ask_at(ledger, 2, 1, START + 1), ==, VERDICT_HOLD);
        g_assert_cmpint(ask_at(ledger, 3, 1, START + 2), ==, VERDICT_HOLD);
        accepted(ledger, 2, START + 2);
        accepted(ledger, 3, START + 2);
        g_assert_false(goes(ledger, 2, START + 3600));
        g_assert_false(goes(ledger, 3, START + 3600));

        /* 7 others have come since */
        g_assert_cmpint(ask_at(ledger, 4, 6, START + 3601), ==, VERDICT_OK);
        g_assert_true(goes(ledger, 3, START + 3601));
        g_assert_cmpint(ask_at(ledger, 5, 1, START + 3601), ==, VERDICT_HOLD);
        g_assert_true(goes(ledger, 2, START + 3601));
        g_assert_false(goes(ledger, 5, START + 3601));
        g_assert_cmpuint(usage_at(ledger, START + 3601).used[WINDOW_HOUR], ==, 2);
}

static void test_later_mail_does_not_take_the_room_of_an_earlier_one(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 9), ==, VERDICT_OK);
        g_assert_cmpint(ask_at(ledger, 2, 2, START + 1), ==, VERDICT_HOLD);
        g_assert_cmpint(ask_at(ledger, 3, 1, START + 2), ==, VERDICT_HOLD);
        accepted(ledger, 2, START + 2);
        accepted(ledger, 3, START + 2);
        g_assert_false(goes(ledger, 3, START + 3));
}

static void test_release_is_sticky_and_counts_at_its_time(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(4, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 4), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        accepted(ledger, 2, START);
        g_assert_true(goes(ledger, 2, START + 3601));
        g_assert_true(goes(ledger, 2, START + 3602));
        g_assert_cmpuint(usage_at(ledger, START + 3602).used[WINDOW_HOUR], ==, 1);
        g_assert_cmpuint(usage_at(ledger, START + 3602).held, ==, 0);
        g_assert_cmpuint(usage_at(ledger, START + 3601 + 3601).used[WINDOW_HOUR], ==, 0);
        g_assert_true(goes(ledger, 7, START));
}

static void test_held_mail_above_a_lowered_limit_goes_when_nothing_else_was_sent(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        LedgerRules rules = { .action = OVER_LIMIT_HOLD, .percent = 125 };

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpint(ask(ledger, 2, 2), ==, VERDICT_HOLD);
        accepted(ledger, 2, START);
        rules.limits[SUBJECT_DOMAIN][WINDOW_HOUR] = 1;
        ledger_set_rules(ledger, &rules);
        g_assert_false(goes(ledger, 2, START + 3600));
        g_assert_true(goes(ledger, 2, START + 3601));
}

static void test_held_mail_that_somebody_forced_is_counted(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        g_assert_cmpint(ask(ledger, 3, 1), ==, VERDICT_HOLD);
        accepted(ledger, 2, START);
        accepted(ledger, 3, START);
        ledger_log_delivered(ledger, id_of(2));
        g_assert_cmpint(ledger_log_completed(ledger, id_of(2), START), ==, 0);
        g_assert_cmpint(ledger_log_completed(ledger, id_of(3), START), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 1);
        g_assert_cmpuint(usage_at(ledger, START).held, ==, 0);
}

static void test_mail_accepted_without_us_is_counted_from_the_log(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        Subjects subjects = subjects_of("d1.test", "", "1000");
        bool has_uid;
        uint32_t uid;

        verdict_in_log(ledger, 1, "none", 7);
        g_assert_true(ledger_is_unasked(ledger, id_of(1), &has_uid, &uid));
        g_assert_true(has_uid);
        g_assert_cmpuint(uid, ==, 1000);
        g_assert_cmpint(ledger_log_accepted(ledger, id_of(1), &subjects, START), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 7);

        verdict_in_log(ledger, 2, "hold", 2);
        g_assert_cmpint(ledger_log_accepted(ledger, id_of(2), &subjects, START), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).held, ==, 2);

        verdict_in_log(ledger, 3, "deny", 2);
        g_assert_cmpint(ledger_log_accepted(ledger, id_of(3), &subjects, START), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 7);
}

static void test_answer_that_came_too_late_holds_nothing(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        verdict_in_log(ledger, 2, "none", 1);
        accepted(ledger, 2, START);
        g_assert_cmpuint(usage_at(ledger, START).held, ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 1);
}

static void test_rejected_mail_gives_its_room_back(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        verdict_in_log(ledger, 1, "ok", 10);
        verdict_in_log(ledger, 2, "hold", 1);
        ledger_log_rejected(ledger, id_of(1));
        ledger_log_rejected(ledger, id_of(2));
        g_assert_cmpuint(usage_at(ledger, START).reserved, ==, 0);
        g_assert_cmpuint(usage_at(ledger, START).held, ==, 0);
        g_assert_cmpint(ask(ledger, 3, 10), ==, VERDICT_OK);
}

static void test_acceptance_is_stronger_than_a_rejection(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        /* before our own line it is none of our message */
        ledger_log_rejected(ledger, id_of(1));
        g_assert_cmpuint(usage_at(ledger, START).reserved, ==, 10);
        verdict_in_log(ledger, 1, "ok", 10);
        ledger_log_rejected(ledger, id_of(1));
        accepted(ledger, 1, START);
        ledger_log_rejected(ledger, id_of(1));
        g_assert_cmpuint(usage_at(ledger, START).used[WINDOW_HOUR], ==, 10);
        g_assert_cmpuint(usage_at(ledger, START).reserved, ==, 0);
}

static void test_room_that_is_merely_reserved_is_free_when_that_would_be(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        Subjects subjects = subjects_of("d1.test", "", "1000");
        LedgerAnswer answer;

        g_assert_cmpint(ask(ledger, 1, 10), ==, VERDICT_OK);
        g_assert_cmpint(ledger_ask(ledger, NULL, 5, &subjects, true, 1000, START, &answer), ==, 0);
        g_assert_cmpint(answer.until_sec, ==, START + WINDOW_HOUR_SEC);
}

static void tell(const char *id, void *userdata) {
        g_string_append_printf(userdata, "%.6s ", id);
}

static void test_what_may_go_is_told_once_a_minute(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(4, OVER_LIMIT_HOLD);
        g_autoptr(GString) told = g_string_new("");

        g_assert_cmpint(ask(ledger, 1, 4), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_HOLD);
        accepted(ledger, 2, START);

        ledger_find_releasable(ledger, START + 3600, 10, tell, told);
        g_assert_cmpstr(told->str, ==, "");
        ledger_find_releasable(ledger, START + 3601, 10, tell, told);
        g_assert_cmpstr(told->str, ==, "000002 ");
        ledger_find_releasable(ledger, START + 3602, 10, tell, told);
        g_assert_cmpstr(told->str, ==, "000002 ");
        ledger_find_releasable(ledger, START + 3662, 10, tell, told);
        g_assert_cmpstr(told->str, ==, "000002 000002 ");
}

static void test_subject_without_events_is_forgotten(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        for (unsigned i = 0; i < 1000; i++) {
                CLEANUP(freep) char *domain = g_strdup_printf("d%u.test", i);
                Subjects subjects = subjects_of(domain, "", "");
                const MeterRecord record = {
                        .state = RECORD_COUNTED,
                        .id = "000001-000001-2M",
                        .time_sec = START - 80000,
                        .recipients = 1,
                        .names = { subjects.names[0], "", "" },
                };

                g_assert_cmpint(ledger_load_durable(ledger, &record, START), ==, 0);
        }
        g_assert_cmpuint(ledger_count_subjects(ledger), ==, 1000);
        g_assert_cmpint(ledger_sweep(ledger, START, true), ==, 0);
        g_assert_cmpuint(ledger_count_subjects(ledger), ==, 1000);
        g_assert_cmpint(ledger_sweep(ledger, START + 6462, true), ==, 0);
        g_assert_cmpuint(ledger_count_subjects(ledger), ==, 0);
}

#define CASE(name, function) g_test_add_func("/ledger/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("exactly-the-limit-passes", test_exactly_the_limit_passes);
        CASE("what-is-in-the-log-counts-for-an-hour-from-the-question",
             test_what_is_in_the_log_counts_for_an_hour_from_the_question);
        CASE("reservation-that-never-comes-is-forgotten",
             test_reservation_that_never_comes_is_forgotten);
        CASE("reservation-is-counted-while-the-log-cannot-be-read",
             test_reservation_is_counted_while_the_log_cannot_be_read);
        CASE("same-id-counts-once-and-gets-the-same-answer",
             test_same_id_counts_once_and_gets_the_same_answer);
        CASE("question-alone-takes-no-room", test_question_alone_takes_no_room);
        CASE("all-subjects-keep-their-limits", test_all_subjects_keep_their_limits);
        CASE("end-of-a-limit-is-told-once-an-hour", test_end_of_a_limit_is_told_once_an_hour);
        CASE("held-mail-goes-first-in-first-out", test_held_mail_goes_first_in_first_out);
        CASE("later-mail-does-not-take-the-room-of-an-earlier-one",
             test_later_mail_does_not_take_the_room_of_an_earlier_one);
        CASE("release-is-sticky-and-counts-at-its-time",
             test_release_is_sticky_and_counts_at_its_time);
        CASE("held-mail-above-a-lowered-limit-goes-when-nothing-else-was-sent",
             test_held_mail_above_a_lowered_limit_goes_when_nothing_else_was_sent);
        CASE("held-mail-that-somebody-forced-is-counted",
             test_held_mail_that_somebody_forced_is_counted);
        CASE("mail-accepted-without-us-is-counted-from-the-log",
             test_mail_accepted_without_us_is_counted_from_the_log);
        CASE("answer-that-came-too-late-holds-nothing",
             test_answer_that_came_too_late_holds_nothing);
        CASE("rejected-mail-gives-its-room-back", test_rejected_mail_gives_its_room_back);
        CASE("acceptance-is-stronger-than-a-rejection",
             test_acceptance_is_stronger_than_a_rejection);
        CASE("room-that-is-merely-reserved-is-free-when-that-would-be",
             test_room_that_is_merely_reserved_is_free_when_that_would_be);
        CASE("what-may-go-is-told-once-a-minute", test_what_may_go_is_told_once_a_minute);
        CASE("subject-without-events-is-forgotten", test_subject_without_events_is_forgotten);

        return g_test_run();
}
