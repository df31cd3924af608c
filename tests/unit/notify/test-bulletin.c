/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "notify/bulletin-mail.h"
#include "notify/bulletin.h"

#define START  (100000 * USEC_PER_SEC)
#define GATHER (30 * USEC_PER_SEC)

static Bulletin new_bulletin(void) {
        Bulletin bulletin = { .options = { .attempts_min = 20, .gather_usec = GATHER } };

        for (EventKind kind = 0; kind < _EVENT_KIND_MAX; kind++)
                bulletin.options.kinds[kind] = true;
        return bulletin;
}

static void add(Bulletin *bulletin,
                EventKind kind,
                const char *subject,
                uint64_t count,
                uint64_t now_usec) {
        Event event = {
                .kind = kind,
                .subject = (char *) subject,
                .text = (char *) "it happened",
                .count = count,
                .recipients = kind == EVENT_HELD ? 3 : 0,
        };

        g_assert_cmpint(bulletin_add(bulletin, &event, now_usec), ==, 0);
}

/* The mail that is due, or NULL. */
static char *take(Bulletin *bulletin, uint64_t now_usec) {
        char *mail = NULL;

        int r = bulletin_take(bulletin, now_usec, "root", "host.test", &mail);

        g_assert_cmpint(r, ==, mail ? 1 : 0);
        return mail;
}

static void assert_no_mail(Bulletin *bulletin, uint64_t now_usec) {
        g_autofree char *mail = take(bulletin, now_usec);

        g_assert_null(mail);
}

static void assert_mail_has(Bulletin *bulletin, uint64_t now_usec, const char *words) {
        g_autofree char *mail = take(bulletin, now_usec);

        g_assert_nonnull(mail);
        g_assert_nonnull(strstr(mail, words));
}

static void test_a_mail_waits_for_what_else_happens(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();

        add(&bulletin, EVENT_HELD, "user:a", 1, START);
        add(&bulletin, EVENT_HELD, "user:a", 1, START + 1);
        assert_no_mail(&bulletin, START + GATHER - 1);
        g_assert_cmpuint(bulletin_next(&bulletin), ==, START + GATHER);
        assert_mail_has(&bulletin, START + GATHER, "2 x it happened, 6 recipients\n");
}

static void test_there_is_one_mail_an_hour_for_a_subject(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();
        uint64_t first = START + GATHER;

        add(&bulletin, EVENT_HELD, "user:a", 1, START);
        assert_mail_has(&bulletin, first, "user:a");
        add(&bulletin, EVENT_HELD, "user:a", 1, first + 1);
        add(&bulletin, EVENT_SUSPENDED, "user:a", 1, first + 2);
        assert_no_mail(&bulletin, first + BULLETIN_HOUR_USEC - 1);
        assert_mail_has(&bulletin, first + BULLETIN_HOUR_USEC, "1 x it happened, 3 recipients\n");
        assert_no_mail(&bulletin, first + 3 * BULLETIN_HOUR_USEC);
}

static void test_another_subject_has_a_mail_of_its_own(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();

        add(&bulletin, EVENT_HELD, "user:a", 1, START);
        assert_mail_has(&bulletin, START + GATHER, "user:a");
        add(&bulletin, EVENT_HELD, "user:b", 1, START + GATHER);
        assert_mail_has(&bulletin, START + 2 * GATHER, "user:b");
}

static void test_few_attempts_are_nobodys_business(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();

        add(&bulletin, EVENT_ATTEMPT, "user:a", 19, START);
        g_assert_cmpuint(bulletin_next(&bulletin), ==, UINT64_MAX);
        add(&bulletin, EVENT_ATTEMPT, "user:a", 1, START + BULLETIN_HOUR_USEC);
        g_assert_cmpuint(bulletin_next(&bulletin), ==, UINT64_MAX);
        add(&bulletin, EVENT_ATTEMPT, "user:a", 19, START + BULLETIN_HOUR_USEC + 1);
        assert_mail_has(&bulletin, START + BULLETIN_HOUR_USEC + 1 + GATHER, "20 x it happened\n");
}

static void test_harmless_events_wait_for_others(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();
        Event released = { .kind = EVENT_RELEASED,
                           .subject = (char *) "user:a",
                           .text = (char *) "released",
                           .count = 1,
                           .harmless = true };

        g_assert_cmpint(bulletin_add(&bulletin, &released, START), ==, 0);
        g_assert_cmpuint(bulletin_next(&bulletin), ==, UINT64_MAX);
        add(&bulletin, EVENT_HELD, "user:a", 1, START);
        assert_mail_has(&bulletin, START + GATHER, "1 x released\n");
}

static void test_kinds_that_are_off_are_not_kept(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();

        bulletin.options.kinds[EVENT_HELD] = false;
        add(&bulletin, EVENT_HELD, "user:a", 1, START);
        g_assert_cmpuint(bulletin.count, ==, 0);
}

static void test_what_was_over_before_a_mail_is_forgotten(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();

        add(&bulletin, EVENT_HEALTH, EVENT_HOST, 1, START);
        g_assert_true(bulletin_forget(&bulletin, EVENT_HOST));
        assert_no_mail(&bulletin, START + GATHER);

        add(&bulletin, EVENT_HEALTH, EVENT_HOST, 1, START);
        assert_mail_has(&bulletin, START + GATHER, "host");
        g_assert_false(bulletin_forget(&bulletin, EVENT_HOST));
}

/* As many mails as are due at once. */
static unsigned take_all(Bulletin *bulletin, uint64_t now_usec, char **ret_last) {
        unsigned count = 0;
        char *mail;

        while ((mail = take(bulletin, now_usec))) {
                g_free(*ret_last);
                *ret_last = mail;
                count++;
        }
        return count;
}

static void test_so_many_mails_an_hour_and_the_last_one_has_the_rest(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();
        g_autofree char *last = NULL;

        for (unsigned i = 0; i < 60; i++) {
                g_autofree char *subject = g_strdup_printf("user:u%u", i);

                add(&bulletin, EVENT_HELD, subject, 1, START);
        }
        g_assert_cmpuint(take_all(&bulletin, START + GATHER, &last), ==, BULLETIN_MAILS_MAX);
        g_assert_nonnull(strstr(last, "outgoing mail: 41 subjects\n"));

        add(&bulletin, EVENT_HELD, "user:late", 1, START + GATHER);
        g_assert_cmpuint(bulletin_next(&bulletin), ==, START + GATHER + BULLETIN_HOUR_USEC);
        assert_no_mail(&bulletin, START + GATHER + BULLETIN_HOUR_USEC - 1);
        assert_mail_has(&bulletin, START + GATHER + BULLETIN_HOUR_USEC, "user:late");
}

static void test_a_flood_of_subjects_and_texts_is_bounded(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();
        g_autofree char *text = g_strnfill(EVENT_TEXT_SIZE - 1, 'x');
        g_autofree char *subject = g_strnfill(EVENT_SUBJECT_SIZE - 1, 's');
        g_autofree char *last = NULL;

        for (unsigned i = 0; i < BULLETIN_SUBJECTS_MAX + 5; i++)
                for (unsigned j = 0; j < BULLETIN_ITEMS_MAX + 3; j++) {
                        Event event = { .kind = EVENT_HELD,
                                        .subject = subject,
                                        .text = text,
                                        .count = UINT32_MAX };

                        memcpy(subject,
                               (char[]){ (char) ('a' + i / 26 / 26 % 26),
                                         (char) ('a' + i / 26 % 26),
                                         (char) ('a' + i % 26) },
                               3);
                        text[0] = (char) ('a' + j);
                        g_assert_cmpint(bulletin_add(&bulletin, &event, START), ==, 0);
                }
        g_assert_cmpuint(bulletin.count, ==, BULLETIN_SUBJECTS_MAX);
        (void) take_all(&bulletin, START + GATHER, &last);
        g_assert_cmpuint(strlen(last), <, BULLETIN_MAIL_SIZE_MAX);
        g_assert_nonnull(strstr(last, " more subjects.\n"));
}

static void test_a_mail_has_one_header_and_then_its_text(void) {
        CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();
        g_autofree char *mail = NULL;

        add(&bulletin, EVENT_HELD, "user:a", 1, START);
        mail = take(&bulletin, START + GATHER);
        g_assert_true(g_str_has_prefix(
                        mail,
                        "To: root\n"
                        "Subject: [host.test] user:a: mail is held\n"
                        "Auto-Submitted: auto-generated\n"
                        "MIME-Version: 1.0\n"
                        "Content-Type: text/plain; charset=us-ascii\n"
                        "\n"
                        "On host.test, "));
        g_assert_nonnull(strstr(mail, "    smtp-restrictionsctl held user:a\n"));
}

static void test_a_shells_words_are_in_no_command(void) {
        static const char *const subjects[] = {
                "mailbox:$(reboot)@a.test",
                "mailbox:a;b@a.test",
                "mailbox:a b@a.test",
                "-x",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
                CLEANUP(bulletin_done) Bulletin bulletin = new_bulletin();

                add(&bulletin, EVENT_HELD, subjects[i], 1, START);
                assert_mail_has(&bulletin, START + GATHER, "    smtp-restrictionsctl held \n");
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/notify/bulletin/gather", test_a_mail_waits_for_what_else_happens);
        g_test_add_func("/notify/bulletin/hour", test_there_is_one_mail_an_hour_for_a_subject);
        g_test_add_func("/notify/bulletin/subjects", test_another_subject_has_a_mail_of_its_own);
        g_test_add_func("/notify/bulletin/few-attempts", test_few_attempts_are_nobodys_business);
        g_test_add_func("/notify/bulletin/harmless", test_harmless_events_wait_for_others);
        g_test_add_func("/notify/bulletin/off", test_kinds_that_are_off_are_not_kept);
        g_test_add_func("/notify/bulletin/over", test_what_was_over_before_a_mail_is_forgotten);
        g_test_add_func("/notify/bulletin/last",
                        test_so_many_mails_an_hour_and_the_last_one_has_the_rest);
        g_test_add_func("/notify/bulletin/bounded", test_a_flood_of_subjects_and_texts_is_bounded);
        g_test_add_func("/notify/bulletin/header", test_a_mail_has_one_header_and_then_its_text);
        g_test_add_func("/notify/bulletin/shell", test_a_shells_words_are_in_no_command);

        return g_test_run();
}
