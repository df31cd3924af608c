/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ledger-say.h"

/* Ten pass; 1 of 8, 2 and 3 of one recipient wait, in this order. */
static Ledger *ledger_with_held(void) {
        Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        LedgerRules rules = { .action = OVER_LIMIT_HOLD, .percent = 1000 };

        rules.limits[SUBJECT_DOMAIN][WINDOW_HOUR] = 10;
        ledger_set_rules(ledger, &rules);
        g_assert_cmpint(ask(ledger, 0, 10), ==, VERDICT_OK);
        accepted(ledger, 0, START);
        g_assert_cmpint(ask(ledger, 1, 8), ==, VERDICT_HOLD);
        g_assert_cmpint(ask_at(ledger, 2, 1, START + 1), ==, VERDICT_HOLD);
        g_assert_cmpint(ask_at(ledger, 3, 1, START + 2), ==, VERDICT_HOLD);
        for (unsigned i = 1; i < 4; i++)
                accepted(ledger, i, START);
        return ledger;
}

static void expect_held(
                const Ledger *ledger, const char *domain, const char *after, const char *expected) {
        g_autoptr(GString) found = g_string_new(NULL);
        const char *ids[2];
        size_t count;

        count = ledger_list_held(ledger, SUBJECT_DOMAIN, domain, after, ELEMENTS_OF(ids), ids);
        for (size_t i = 0; i < count; i++)
                g_string_append_printf(found, "%lu ", strtoul(ids[i], NULL, 10));
        g_assert_cmpstr(found->str, ==, expected);
}

static void test_who_has_waited_longest_is_listed_first_in_pages(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();

        expect_held(ledger, NULL, NULL, "1 2 ");
        expect_held(ledger, NULL, id_of(2), "3 ");
        expect_held(ledger, NULL, id_of(3), "");
        expect_held(ledger, "d1.test", NULL, "1 2 ");
        expect_held(ledger, "d1.test", id_of(2), "3 ");
        expect_held(ledger, "d2.test", NULL, "");
        expect_held(ledger, NULL, id_of(0), ""); /* which is not held */
}

static void test_what_exim_has_not_accepted_is_not_listed(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();
        LedgerHeld held;

        g_assert_cmpint(ask_at(ledger, 4, 1, START), ==, VERDICT_HOLD);
        g_assert_false(ledger_find_held(ledger, id_of(4), &held));
        expect_held(ledger, NULL, id_of(2), "3 ");
}

static void test_held_message_is_told_as_it_is(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();
        LedgerHeld held;

        g_assert_true(ledger_find_held(ledger, id_of(1), &held));
        g_assert_cmpuint(held.recipients, ==, 8);
        g_assert_cmpint(held.since_sec, ==, START);
        g_assert_true(held.has_uid);
        g_assert_cmpstr(held.names[SUBJECT_DOMAIN], ==, "d1.test");
        g_assert_null(held.names[SUBJECT_MAILBOX]);
}

static void test_what_is_sent_by_hand_goes_and_counts_above_the_limit(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();
        bool done;

        g_assert_false(goes(ledger, 2, START + 5));
        g_assert_cmpint(ledger_send_held(ledger, id_of(2), START + 5, &done), ==, 0);
        g_assert_true(done);
        g_assert_true(goes(ledger, 2, START + 6));
        g_assert_true(goes(ledger, 2, START + 7));
        g_assert_cmpuint(usage_at(ledger, START + 7).used[WINDOW_HOUR], ==, 11);
        g_assert_cmpuint(usage_at(ledger, START + 7).held, ==, 9);

        g_assert_cmpint(ledger_send_held(ledger, id_of(2), START + 5, &done), ==, 0);
        g_assert_false(done);
}

static void test_what_is_discarded_gives_its_place_back_and_never_goes(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();

        g_assert_true(ledger_discard_held(ledger, id_of(1), START + 5));
        g_assert_false(ledger_discard_held(ledger, id_of(1), START + 5));
        g_assert_cmpuint(usage_at(ledger, START + 5).held, ==, 2);
        expect_held(ledger, NULL, NULL, "2 3 ");
        g_assert_true(goes(ledger, 2, START + 3601));
        g_assert_false(goes(ledger, 1, START + 86400));

        g_assert_cmpint(ledger_log_completed(ledger, id_of(1), START + 86400), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START + 86400).used[WINDOW_HOUR], ==, 0);
}

static void test_what_was_delivered_before_it_could_be_removed_counts(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();

        g_assert_true(ledger_discard_held(ledger, id_of(1), START + 5));
        ledger_log_delivered(ledger, id_of(1));
        g_assert_cmpint(ledger_log_completed(ledger, id_of(1), START + 6), ==, 0);
        g_assert_cmpuint(usage_at(ledger, START + 6).used[WINDOW_HOUR], ==, 18);
}

static void note(const char *id, void *userdata) {
        g_string_append_printf(userdata, "%lu ", strtoul(id, NULL, 10));
}

static void expect_discarded(Ledger *ledger, int64_t now, size_t most, const char *expected) {
        g_autoptr(GString) found = g_string_new(NULL);

        ledger_find_discarded(ledger, now, most, note, found);
        g_assert_cmpstr(found->str, ==, expected);
}

static void test_what_is_not_gone_is_named_again_later_and_later(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();

        g_assert_true(ledger_discard_held(ledger, id_of(1), START + 5));
        g_assert_true(ledger_discard_held(ledger, id_of(2), START + 5));
        expect_discarded(ledger, START + 5, 1, "2 ");
        expect_discarded(ledger, START + 5, 5, "1 ");
        expect_discarded(ledger, START + 64, 5, "");
        expect_discarded(ledger, START + 65, 5, "2 1 ");
        g_assert_cmpint(ledger_log_completed(ledger, id_of(2), START + 66), ==, 0);
        expect_discarded(ledger, START + 125, 5, "1 ");
        expect_discarded(ledger, START + 244, 5, "");
        expect_discarded(ledger, START + 245, 5, "1 ");
}

static void note_event(const LedgerEvent *event, void *userdata) {
        static const char *const words[_LEDGER_EVENT_KIND_MAX] = {
                "limit", "held", "released", "sent", "discarded"
        };

        g_string_append_printf(
                        userdata,
                        "%s %lu %s; ",
                        words[event->kind],
                        event->id ? strtoul(event->id, NULL, 10) : 0,
                        event->names[SUBJECT_DOMAIN]);
}

static void test_watcher_is_told_what_becomes_of_mail(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with_held();
        g_autoptr(GString) told = g_string_new(NULL);
        bool done;

        ledger_set_watcher(ledger, note_event, told);
        g_assert_cmpint(ask_at(ledger, 4, 1, START + 3600), ==, VERDICT_HOLD);
        g_assert_cmpint(ask_at(ledger, 4, 1, START + 3600), ==, VERDICT_HOLD);
        g_assert_cmpint(ledger_send_held(ledger, id_of(3), START + 3600, &done), ==, 0);
        g_assert_true(ledger_discard_held(ledger, id_of(2), START + 3600));
        g_assert_true(goes(ledger, 1, START + 3601));
        g_assert_true(goes(ledger, 1, START + 3602));
        g_assert_cmpstr(told->str,
                        ==,
                        "limit 4 d1.test; held 4 d1.test; sent 3 d1.test; discarded 2 d1.test; "
                        "released 1 d1.test; ");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/meter/ledger-held/list",
                        test_who_has_waited_longest_is_listed_first_in_pages);
        g_test_add_func("/meter/ledger-held/not-accepted",
                        test_what_exim_has_not_accepted_is_not_listed);
        g_test_add_func("/meter/ledger-held/as-it-is", test_held_message_is_told_as_it_is);
        g_test_add_func("/meter/ledger-held/sent",
                        test_what_is_sent_by_hand_goes_and_counts_above_the_limit);
        g_test_add_func("/meter/ledger-held/discarded",
                        test_what_is_discarded_gives_its_place_back_and_never_goes);
        g_test_add_func("/meter/ledger-held/delivered",
                        test_what_was_delivered_before_it_could_be_removed_counts);
        g_test_add_func("/meter/ledger-held/again",
                        test_what_is_not_gone_is_named_again_later_and_later);

        g_test_add_func("/meter/ledger-held/told", test_watcher_is_told_what_becomes_of_mail);

        return g_test_run();
}
