/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Subjects for which something is set by name. */

#include "ledger-say.h"

/* What is set, for whom. */
typedef struct Book {
        const char *names[4]; /* NULL: no more */
        SubjectSettings settings[4];
} Book;

static bool look_up(SubjectKind kind, const char *name, SubjectSettings *ret, void *userdata) {
        const Book *book = userdata;

        (void) kind; /* no name is of two kinds here */
        for (size_t i = 0; i < ELEMENTS_OF(book->names) && book->names[i]; i++)
                if (strcmp(book->names[i], name) == 0) {
                        *ret = book->settings[i];
                        return true;
                }

        return false;
}

static Ledger *ledger_by(Book *book, uint64_t hourly_per_domain, OverLimitAction action) {
        static const HashKey key = { { 1, 2 } };
        LedgerRules rules = {
                .action = action, .percent = 125, .look_up = look_up, .userdata = book
        };
        CLEANUP(ledger_freep) Ledger *ledger = NULL;

        g_assert_cmpint(ledger_new(&key, &ledger), ==, 0);
        rules.limits[SUBJECT_DOMAIN][WINDOW_HOUR] = hourly_per_domain;
        ledger_set_rules(ledger, &rules);
        return TAKE(ledger);
}

/* The answer's name is that of these. */
static Subjects asked;

static LedgerAnswer answer_for(
                Ledger *ledger, unsigned number, uint32_t recipients, const char *mailbox) {
        LedgerAnswer answer;

        asked = subjects_of("d1.test", mailbox, "");
        g_assert_cmpint(ledger_ask(ledger,
                                   id_of(number),
                                   recipients,
                                   &asked,
                                   false,
                                   0,
                                   START,
                                   &answer),
                        ==,
                        0);
        return answer;
}

static VerdictKind verdict_for(
                Ledger *ledger, unsigned number, uint32_t recipients, const char *mailbox) {
        return answer_for(ledger, number, recipients, mailbox).verdict.kind;
}

static void hold_one(Ledger *ledger, unsigned number, uint32_t recipients, const char *mailbox) {
        g_assert_cmpint(verdict_for(ledger, number, recipients, mailbox), ==, VERDICT_HOLD);
        accepted(ledger, number, START);
}

static void test_own_limit_takes_the_place_of_the_default(void) {
        Book book = { { "d1.test" }, { { .limits = { 20, 0 } } } };
        CLEANUP(ledger_freep) Ledger *higher = ledger_by(&book, 10, OVER_LIMIT_REJECT);
        CLEANUP(ledger_freep) Ledger *lower = ledger_by(&book, 100, OVER_LIMIT_REJECT);
        CLEANUP(ledger_freep) Ledger *only = ledger_by(&book, 0, OVER_LIMIT_REJECT);
        Ledger *const all[] = { higher, lower, only };

        for (size_t i = 0; i < ELEMENTS_OF(all); i++) {
                for (unsigned j = 0; j < 20; j++)
                        g_assert_cmpint(verdict_for(all[i], j, 1, ""), ==, VERDICT_OK);
                g_assert_cmpint(verdict_for(all[i], 20, 1, ""), ==, VERDICT_DENY);
        }
}

static void test_limit_of_another_window_stays_the_default(void) {
        Book book = { { "d1.test" }, { { .limits = { 0, 100 } } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 10, OVER_LIMIT_REJECT);

        g_assert_cmpint(verdict_for(ledger, 1, 10, ""), ==, VERDICT_OK);
        g_assert_cmpint(verdict_for(ledger, 2, 1, ""), ==, VERDICT_DENY);
}

static void test_own_limit_of_one_does_not_lift_that_of_another(void) {
        Book book = { { "bob@d1.test" }, { { .limits = { 1000, 0 } } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 10, OVER_LIMIT_REJECT);

        g_assert_cmpint(verdict_for(ledger, 1, 11, "bob@d1.test"), ==, VERDICT_DENY);
        g_assert_cmpint(verdict_for(ledger, 2, 10, "bob@d1.test"), ==, VERDICT_OK);
}

static void test_held_mail_goes_by_the_own_limit(void) {
        Book book = { { "d1.test" }, { { .limits = { 4, 0 } } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 100, OVER_LIMIT_HOLD);

        g_assert_cmpint(verdict_for(ledger, 1, 4, ""), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        hold_one(ledger, 2, 1, "");
        g_assert_false(goes(ledger, 2, START));
        book.settings[0].limits[WINDOW_HOUR] = 5;
        ledger_subject_changed(ledger, SUBJECT_DOMAIN, "d1.test");
        g_assert_true(goes(ledger, 2, START));
}

static void test_suspended_mail_is_held_until_it_is_resumed(void) {
        Book book = { { "bob@d1.test" }, { { .suspension = SUSPENSION_HOLD } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 100, OVER_LIMIT_REJECT);

        hold_one(ledger, 1, 1, "bob@d1.test");
        g_assert_cmpint(verdict_for(ledger, 2, 1, "eve@d1.test"), ==, VERDICT_OK);
        g_assert_false(goes(ledger, 1, START + 10 * 86400));

        book.settings[0].suspension = SUSPENSION_NONE;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        g_assert_true(goes(ledger, 1, START + 10 * 86400));
}

static void test_suspended_mail_is_refused_where_that_was_asked_for(void) {
        Book book = { { "d1.test" }, { { .suspension = SUSPENSION_REJECT } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 0, OVER_LIMIT_OBSERVE);
        LedgerAnswer answer = answer_for(ledger, 1, 1, "");

        g_assert_cmpint(answer.verdict.kind, ==, VERDICT_DENY);
        g_assert_cmpint(answer.suspension, ==, SUSPENSION_REJECT);
        g_assert_cmpstr(answer.name, ==, "d1.test");
        g_assert_cmpuint(ledger_count_messages(ledger), ==, 0);
}

static void test_mail_that_was_held_before_waits_for_the_resumption(void) {
        Book book = { { "bob@d1.test" }, {} };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 4, OVER_LIMIT_HOLD);

        g_assert_cmpint(verdict_for(ledger, 1, 4, "bob@d1.test"), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        hold_one(ledger, 2, 1, "bob@d1.test");
        book.settings[0].suspension = SUSPENSION_REJECT;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        g_assert_false(goes(ledger, 2, START + 86400));
        book.settings[0].suspension = SUSPENSION_NONE;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        g_assert_true(goes(ledger, 2, START + 86400));
}

static void test_mail_that_was_accepted_before_is_held_too(void) {
        Book book = { { "bob@d1.test" }, {} };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 0, OVER_LIMIT_HOLD);
        Subjects bob = subjects_of("d1.test", "bob@d1.test", "");
        bool go;

        g_assert_cmpint(verdict_for(ledger, 1, 1, "bob@d1.test"), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        book.settings[0].suspension = SUSPENSION_HOLD;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        g_assert_false(goes(ledger, 1, START));
        /* one that nobody knows any more */
        g_assert_true(goes(ledger, 2, START));
        g_assert_cmpint(ledger_release(ledger, id_of(2), &bob, START, &go), ==, 0);
        g_assert_false(go);
}

static void list(const char *id, void *userdata) {
        g_string_append_printf(userdata, "%.6s ", id);
}

static void test_mail_that_was_accepted_before_is_named_when_he_is_resumed(void) {
        Book book = { { "bob@d1.test" }, { { .suspension = SUSPENSION_HOLD } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 0, OVER_LIMIT_HOLD);
        g_autoptr(GString) named = g_string_new("");
        Subjects bob = subjects_of("d1.test", "bob@d1.test", "");
        bool go;

        g_assert_cmpint(ledger_release(ledger, id_of(7), &bob, START, &go), ==, 0);
        g_assert_false(go);
        book.settings[0].suspension = SUSPENSION_REJECT;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        g_assert_false(ledger_has_resumed(ledger));
        book.settings[0].suspension = SUSPENSION_NONE;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        g_assert_true(ledger_has_resumed(ledger));
        ledger_find_releasable(ledger, START, 10, list, named);
        ledger_find_releasable(ledger, START, 10, list, named);
        g_assert_cmpuint(strlen(named->str), ==, 7);
        g_assert_false(ledger_has_resumed(ledger));
        g_assert_true(goes(ledger, 7, START));
}

static void test_what_is_known_of_a_message_comes_before_what_exim_says(void) {
        Book book = { { "bob@d1.test" }, { { .suspension = SUSPENSION_HOLD } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 0, OVER_LIMIT_HOLD);
        Subjects bob = subjects_of("d1.test", "bob@d1.test", "");
        bool go;

        g_assert_cmpint(verdict_for(ledger, 1, 1, "eve@d1.test"), ==, VERDICT_OK);
        g_assert_cmpint(ledger_release(ledger, id_of(1), &bob, START, &go), ==, 0);
        g_assert_true(go);
}

static void test_who_is_suspended_takes_nobody_elses_room(void) {
        Book book = { { "bob@d1.test" }, { { .suspension = SUSPENSION_HOLD } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 10, OVER_LIMIT_HOLD);

        hold_one(ledger, 1, 9, "bob@d1.test");
        g_assert_cmpint(verdict_for(ledger, 2, 10, "eve@d1.test"), ==, VERDICT_OK);
        accepted(ledger, 2, START);
        hold_one(ledger, 3, 1, "eve@d1.test");
        hold_one(ledger, 4, 1, "bob@d1.test");
        g_assert_true(goes(ledger, 3, START + 3601));

        /* and has his place again afterwards: before what came later */
        book.settings[0].suspension = SUSPENSION_NONE;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        g_assert_false(goes(ledger, 4, START + 3601));
        g_assert_true(goes(ledger, 1, START + 3601));
}

static void test_so_much_may_wait_for_one_who_is_suspended(void) {
        Book book = { { "bob@d1.test" }, { { .suspension = SUSPENSION_HOLD } } };
        CLEANUP(ledger_freep) Ledger *unlimited = ledger_by(&book, 0, OVER_LIMIT_HOLD);
        CLEANUP(ledger_freep) Ledger *limited = ledger_by(&book, 0, OVER_LIMIT_HOLD);

        hold_one(unlimited, 1, 10000, "bob@d1.test");
        g_assert_cmpint(verdict_for(unlimited, 2, 1, "bob@d1.test"), ==, VERDICT_DENY);

        book.settings[0].limits[WINDOW_DAY] = 8;
        hold_one(limited, 1, 8, "bob@d1.test");
        hold_one(limited, 2, 2, "bob@d1.test");
        g_assert_cmpint(verdict_for(limited, 3, 1, "bob@d1.test"), ==, VERDICT_DENY);
}

static void note_id(const char *id, void *userdata) {
        g_string_append_printf(userdata, "%.6s ", id);
}

static void test_resumed_mail_is_named_for_release(void) {
        Book book = { { "bob@d1.test" }, { { .suspension = SUSPENSION_HOLD } } };
        CLEANUP(ledger_freep) Ledger *ledger = ledger_by(&book, 0, OVER_LIMIT_HOLD);
        g_autoptr(GString) ids = g_string_new("");

        hold_one(ledger, 1, 1, "bob@d1.test");
        ledger_find_releasable(ledger, START, 10, note_id, ids);
        g_assert_cmpstr(ids->str, ==, "");
        book.settings[0].suspension = SUSPENSION_NONE;
        ledger_subject_changed(ledger, SUBJECT_MAILBOX, "bob@d1.test");
        ledger_find_releasable(ledger, START, 10, note_id, ids);
        ledger_find_releasable(ledger, START, 10, note_id, ids);
        g_assert_cmpstr(ids->str, ==, "000001 ");
}

#define CASE(name, function) g_test_add_func("/ledger-subjects/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("named-when-resumed", test_mail_that_was_accepted_before_is_named_when_he_is_resumed);
        CASE("own-limit-takes-the-place-of-the-default",
             test_own_limit_takes_the_place_of_the_default);
        CASE("limit-of-another-window-stays-the-default",
             test_limit_of_another_window_stays_the_default);
        CASE("own-limit-of-one-does-not-lift-that-of-another",
             test_own_limit_of_one_does_not_lift_that_of_another);
        CASE("held-mail-goes-by-the-own-limit", test_held_mail_goes_by_the_own_limit);
        CASE("suspended-mail-is-held-until-it-is-resumed",
             test_suspended_mail_is_held_until_it_is_resumed);
        CASE("suspended-mail-is-refused-where-that-was-asked-for",
             test_suspended_mail_is_refused_where_that_was_asked_for);
        CASE("mail-that-was-held-before-waits-for-the-resumption",
             test_mail_that_was_held_before_waits_for_the_resumption);
        CASE("mail-that-was-accepted-before-is-held-too",
             test_mail_that_was_accepted_before_is_held_too);
        CASE("what-is-known-of-a-message-comes-before-what-exim-says",
             test_what_is_known_of_a_message_comes_before_what_exim_says);
        CASE("who-is-suspended-takes-nobody-elses-room",
             test_who_is_suspended_takes_nobody_elses_room);
        CASE("so-much-may-wait-for-one-who-is-suspended",
             test_so_much_may_wait_for_one_who_is_suspended);
        CASE("resumed-mail-is-named-for-release", test_resumed_mail_is_named_for_release);

        return g_test_run();
}
