/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "meter/suggest.h"

#define NOW INT64_C(4000000000)

static Suggest *new_suggest(void) {
        static const HashKey key = { { 1, 2 } };
        Suggest *suggest = NULL;

        g_assert_cmpint(suggest_new(&key, &suggest), ==, 0);
        return suggest;
}

/* At that minute of a day. */
static void say(Suggest *suggest, unsigned minute, unsigned number, const char *text) {
        g_autofree char *line =
                        g_strdup_printf("2026-11-%02u %02u:%02u:00 +0000 %06u-000001-2M %s",
                                        20 + minute / 1440,
                                        minute / 60 % 24,
                                        minute % 60,
                                        number,
                                        text);

        g_assert_cmpint(suggest_add(suggest, line, strlen(line), NOW), ==, 0);
}

#define BY_AUTH "<= bob@%s H=(c) [203.0.113.9] P=esmtpsa A=plain:bob@%s S=100"
#define TO      "=> r%u@x.test R=dnslookup T=remote_smtp H=mx.test [203.0.113.25] C=\"250 OK\""

/* A message of bob's at the domain, to so many. */
static void send_at(
                Suggest *suggest,
                unsigned minute,
                unsigned number,
                const char *domain,
                unsigned recipients) {
        g_autofree char *accepted = g_strdup_printf(BY_AUTH, domain, domain);

        say(suggest, minute, number, accepted);
        for (unsigned i = 0; i < recipients; i++) {
                char line[128];

                (void) snprintf(line, sizeof(line), TO, i);
                say(suggest, minute, number, line);
        }
        say(suggest, minute, number, "Completed");
}

static Suggestion finish(Suggest *suggest) {
        Suggestion suggestion;

        g_assert_cmpint(suggest_finish(suggest, &suggestion), ==, 0);
        return suggestion;
}

static void test_peak_is_of_any_hour(void) {
        CLEANUP(suggest_freep) Suggest *suggest = new_suggest();
        CLEANUP(suggestion_done) Suggestion suggestion = {};

        send_at(suggest, 50, 1, "d1.test", 4);
        send_at(suggest, 100, 2, "d1.test", 5);
        send_at(suggest, 161, 3, "d1.test", 6);
        suggestion = finish(suggest);
        g_assert_cmpuint(suggestion.messages, ==, 3);
        g_assert_cmpuint(suggestion.recipients, ==, 15);
        g_assert_cmpuint(suggestion.limits[SUBJECT_DOMAIN][WINDOW_HOUR].limit, ==, 9);
        g_assert_cmpuint(suggestion.limits[SUBJECT_MAILBOX][WINDOW_DAY].limit, ==, 15);
        g_assert_cmpuint(suggestion.limits[SUBJECT_USER][WINDOW_DAY].senders, ==, 0);
        g_assert_cmpint(suggestion.last_sec - suggestion.first_sec, ==, 111 * 60);
}

static void test_one_in_a_hundred_is_above(void) {
        CLEANUP(suggest_freep) Suggest *suggest = new_suggest();
        CLEANUP(suggestion_done) Suggestion suggestion = {};
        const SuggestLimit *limit = &suggestion.limits[SUBJECT_DOMAIN][WINDOW_HOUR];

        for (unsigned i = 1; i <= 200; i++) {
                g_autofree char *domain = g_strdup_printf("d%u.test", i);

                send_at(suggest, i, i, domain, i);
        }
        suggestion = finish(suggest);
        g_assert_cmpuint(limit->senders, ==, 200);
        g_assert_cmpuint(limit->limit, ==, 200); /* 198, as people write it */
        g_assert_cmpuint(limit->above_count, ==, 0);

        suggestion_done(&suggestion);
        send_at(suggest, 300, 300, "d199.test", 250);
        send_at(suggest, 300, 301, "d200.test", 1250);
        suggestion = finish(suggest);
        g_assert_cmpuint(limit->limit, ==, 200);
        g_assert_cmpuint(limit->above_count, ==, 2);
        g_assert_cmpstr(limit->above[0].name, ==, "d200.test");
        g_assert_cmpuint(limit->above[0].recipients, ==, 1250);
        g_assert_cmpint(limit->above[0].from_sec - suggestion.first_sec, ==, 299 * 60);
        g_assert_cmpstr(limit->above[1].name, ==, "d199.test");
}

static void test_only_mail_from_here_to_elsewhere_counts(void) {
        static const char *const lines[] = {
                "<= x@far.test H=mx.far.test [203.0.113.9] P=esmtp S=100", /* 1: from elsewhere */
                "<= <> R=000001-000001-2M U=Debian-exim P=local S=100",    /* 2: a bounce */
                "<= t@d2.test U=tester P=local S=100",                     /* 3 */
                "<= t@d3.test H=localhost [127.0.0.1] P=esmtp S=100",      /* 4 */
        };
        CLEANUP(suggest_freep) Suggest *suggest = new_suggest();
        CLEANUP(suggestion_done) Suggestion suggestion = {};

        for (unsigned i = 0; i < ELEMENTS_OF(lines); i++) {
                say(suggest, 0, i + 1, lines[i]);
                say(suggest, 0, i + 1, "== a@x.test R=r T=t defer (-44) H=mx [203.0.113.2]: later");
                say(suggest, 0, i + 1, "=> a@x.test R=r T=t H=mx [203.0.113.2] C=\"250 OK\"");
                say(suggest, 0, i + 1, "** b@x.test R=r T=t H=mx [203.0.113.2]: 550 no");
                say(suggest, 0, i + 1, "=> tester <tester@d2.test> R=local T=local_delivery");
                say(suggest, 0, i + 1, "=> v@d2.test <v@d2.test> R=virtual T=lmtp");
                say(suggest, 0, i + 1, "Completed");
        }
        suggestion = finish(suggest);
        g_assert_cmpuint(suggestion.messages, ==, 2);
        g_assert_cmpuint(suggestion.recipients, ==, 4);
        g_assert_cmpuint(suggestion.limits[SUBJECT_DOMAIN][WINDOW_HOUR].senders, ==, 2);
        g_assert_cmpuint(suggestion.limits[SUBJECT_USER][WINDOW_HOUR].senders, ==, 1);
}

static void test_verdict_of_the_meter_is_what_counts(void) {
        CLEANUP(suggest_freep) Suggest *suggest = new_suggest();
        CLEANUP(suggestion_done) Suggestion suggestion = {};

        say(suggest, 0, 1, "smtp-restrictions: hold n=7 uid=1000");
        send_at(suggest, 0, 1, "d1.test", 2);
        suggestion = finish(suggest);
        g_assert_cmpuint(suggestion.recipients, ==, 7);
}

static void test_what_is_no_log_of_exim_s_says_so(void) {
        CLEANUP(suggest_freep) Suggest *suggest = new_suggest();
        CLEANUP(suggestion_done) Suggestion suggestion = {};

        g_assert_cmpint(suggest_add(suggest, "hello", 5, NOW), ==, 0);
        g_assert_cmpint(suggest_add(suggest, "", 0, NOW), ==, 0);
        suggestion = finish(suggest);
        g_assert_cmpint(suggestion.first_sec, ==, 0);
        g_assert_cmpuint(suggestion.unparsable, ==, 2);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/suggest/peak", test_peak_is_of_any_hour);
        g_test_add_func("/suggest/hundred", test_one_in_a_hundred_is_above);
        g_test_add_func("/suggest/from-here", test_only_mail_from_here_to_elsewhere_counts);
        g_test_add_func("/suggest/verdict", test_verdict_of_the_meter_is_what_counts);
        g_test_add_func("/suggest/no-log", test_what_is_no_log_of_exim_s_says_so);

        return g_test_run();
}
