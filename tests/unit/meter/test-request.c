/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "meter/request.h"

#define ID "1xUK9t-0002H3-2M"

static int parse(const char *line, MeterRequest *ret) {
        return meter_request_parse(line, strlen(line), ret);
}

static void expect_malformed(const char *line) {
        MeterRequest request = { .recipients = 77 };

        g_test_message("%.200s", line);
        g_assert_cmpint(parse(line, &request), ==, -EINVAL);
        g_assert_cmpuint(request.recipients, ==, 77);
}

static void test_message_over_tcp_is_read(void) {
        MeterRequest request;

        g_assert_cmpint(parse("D " ID " n=3 z=1234 u=102 h=2001:db8::7 p=40001 la=::1 lp=587 "
                              "s=YUBkMS50ZXN0 a=Ym9i",
                              &request),
                        ==,
                        0);
        g_assert_cmpint(request.question, ==, METER_QUESTION_MESSAGE);
        g_assert_cmpstr(request.id, ==, ID);
        g_assert_cmpuint(request.recipients, ==, 3);
        g_assert_cmpuint(request.size, ==, 1234);
        g_assert_cmpuint(request.uid, ==, 102);
        g_assert_cmpstr(request.host, ==, "2001:db8::7");
        g_assert_cmpuint(request.port, ==, 40001);
        g_assert_cmpstr(request.local_host, ==, "::1");
        g_assert_cmpuint(request.local_port, ==, 587);
        g_assert_cmpstr(request.sender, ==, "a@d1.test");
        g_assert_cmpstr(request.auth_id, ==, "bob");
        g_assert_true(meter_request_has_connection(&request));
}

static void test_message_of_a_process_is_read(void) {
        MeterRequest request;

        g_assert_cmpint(parse("D " ID " n=1 z=0 u=1000 h= p=0 la= lp=-1 s=YUBkMS50ZXN0 a=",
                              &request),
                        ==,
                        0);
        g_assert_cmpuint(request.uid, ==, 1000);
        g_assert_cmpuint(request.local_port, ==, 0);
        g_assert_cmpstr(request.auth_id, ==, "");
        g_assert_false(meter_request_has_connection(&request));
}

static void test_question_before_the_message_is_read(void) {
        MeterRequest request;

        g_assert_cmpint(parse("P u=0 h= p=0 la= lp=0 s= a=", &request), ==, 0);
        g_assert_cmpint(request.question, ==, METER_QUESTION_RECIPIENT);
        g_assert_cmpuint(request.recipients, ==, 1);
        g_assert_cmpstr(request.sender, ==, "");
}

static void test_question_for_release_is_read(void) {
        MeterRequest request;

        g_assert_cmpint(parse("H 1xUK9t-00000000H3k-2M2m 86400", &request), ==, 0);
        g_assert_cmpint(request.question, ==, METER_QUESTION_RELEASE);
        g_assert_cmpstr(request.id, ==, "1xUK9t-00000000H3k-2M2m");
        g_assert_cmpuint(request.age_sec, ==, 86400);
}

static void test_foreign_words_come_as_they_are(void) {
        MeterRequest request;

        /* "a b,c\"d=\xc3\xa9"@d1.test, and a newline */
        g_assert_cmpint(parse("P u=0 h= p=0 la= lp=0 s=ImEgYixjXCJkPcOpIkBkMS50ZXN0 a=YQpi",
                              &request),
                        ==,
                        0);
        g_assert_cmpstr(request.sender, ==, "\"a b,c\\\"d=\xc3\xa9\"@d1.test");
        g_assert_cmpstr(request.auth_id, ==, "a\nb");
}

static void test_anything_else_is_malformed(void) {
        static const char *const lines[] = {
                "",
                " ",
                "D",
                "D ",
                "X " ID,
                "d " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID,
                "D ../../etc n=1 z=0 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID " n=0 z=0 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID " n=1000001 z=0 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID " n=-1 z=0 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID " n= z=0 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID " z=0 n=1 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=4294967295 h= p=0 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=99999999999999999999 h= p=0 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=0 h=localhost p=0 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=0 h=127.0.0.1:25 p=0 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=0 h= p=65536 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=0 h= p=-2 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s=@@@@ a=",
                "D " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s=YQ a=",
                "D " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s=YQBi a=",
                "D " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s= a= ",
                "D " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s= a= x=1",
                "D  " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s= a=",
                "D " ID " n=1 z=0 u=0 h= p=0 la= lp=0 s=",
                "P " ID " u=0 h= p=0 la= lp=0 s= a=",
                "P u=0 h= p=0 la= lp=0 s= a=\r",
                "H " ID,
                "H " ID " -1",
                "H " ID " 1 ",
                "H " ID " 1 1",
        };

        for (size_t i = 0; i < ELEMENTS_OF(lines); i++)
                expect_malformed(lines[i]);
}

static void test_nul_is_malformed(void) {
        MeterRequest request;

        g_assert_cmpint(meter_request_parse("H " ID "\0 1", 21, &request), ==, -EINVAL);
}

static void test_text_above_the_bound_is_malformed(void) {
        CLEANUP(freep) char *word = g_malloc0(METER_REQUEST_MAX + 1);
        CLEANUP(freep) char *line = NULL;

        /* 343 groups of four: 1029 bytes */
        memset(word, 'A', 343 * 4);
        line = g_strdup_printf("P u=0 h= p=0 la= lp=0 s=%s a=", word);
        expect_malformed(line);

        memset(word, 'A', METER_REQUEST_MAX);
        expect_malformed(word);
}

static void test_text_at_the_bound_is_read(void) {
        CLEANUP(freep) char *text = g_malloc0(METER_TEXT_MAX + 1);
        CLEANUP(freep) char *word = NULL;
        CLEANUP(freep) char *line = NULL;
        MeterRequest request;

        memset(text, 'x', METER_TEXT_MAX);
        word = g_base64_encode((const guchar *) text, METER_TEXT_MAX);
        line = g_strdup_printf("P u=0 h= p=0 la= lp=0 s=%s a=%s", word, word);

        g_assert_cmpint(parse(line, &request), ==, 0);
        g_assert_cmpstr(request.sender, ==, text);
        g_assert_cmpstr(request.auth_id, ==, text);
}

static bool is_probe(const char *line) {
        MeterRequest request;

        g_assert_cmpint(parse(line, &request), ==, 0);
        return meter_request_is_probe(&request);
}

/* eEBzZWxmdGVzdC5pbnZhbGlk is x@selftest.invalid */
static void test_probe_of_root_is_known(void) {
        g_assert_true(is_probe("P u=0 h=127.0.0.1 p=0 la= lp=-1 s=eEBzZWxmdGVzdC5pbnZhbGlk a="));
        g_assert_true(is_probe("P u=0 h= p=0 la= lp=-1 s=eEBzZWxmdGVzdC5pbnZhbGlk a="));
}

static void test_nobody_else_sends_freely_as_the_probe(void) {
        g_assert_false(is_probe("P u=1000 h= p=0 la= lp=-1 s=eEBzZWxmdGVzdC5pbnZhbGlk a="));
        g_assert_false(is_probe("P u=0 h=::1 p=9 la=::1 lp=25 s=eEBzZWxmdGVzdC5pbnZhbGlk a="));
        g_assert_false(is_probe("P u=0 h= p=0 la= lp=-1 s=eEBzZWxmdGVzdC5pbnZhbGlkLmV4 a="));
        g_assert_false(is_probe("P u=0 h= p=0 la= lp=-1 s=c2VsZnRlc3QuaW52YWxpZA== a="));
}

static void test_question_about_auth_is_read(void) {
        MeterRequest request;

        g_assert_cmpint(parse("A a=Ym9i", &request), ==, 0);
        g_assert_cmpint(request.question, ==, METER_QUESTION_AUTH);
        g_assert_cmpstr(request.auth_id, ==, "bob");
        expect_malformed("A");
        expect_malformed("A a");
        expect_malformed("A a=Ym9i ");
        expect_malformed("A s=Ym9i");
}

static void test_delivery_may_say_whose_message_it_is(void) {
        MeterRequest request;

        g_assert_cmpint(parse("H " ID " 12", &request), ==, 0);
        g_assert_false(request.has_origin);
        g_assert_cmpint(parse("H " ID " 12 k=1000 u=102 h=127.0.0.1 p=0 la= lp=0 s=YUBkMS50ZXN0 a=",
                              &request),
                        ==,
                        0);
        g_assert_true(request.has_origin);
        g_assert_true(request.has_known_uid);
        g_assert_cmpuint(request.known_uid, ==, 1000);
        g_assert_cmpuint(request.uid, ==, 102);
        g_assert_cmpstr(request.sender, ==, "a@d1.test");

        g_assert_cmpint(parse("H " ID " 12 k=- u=102 h= p=0 la= lp=0 s= a=", &request), ==, 0);
        g_assert_false(request.has_known_uid);
        g_assert_cmpint(parse("H " ID " 12 k= u=102 h= p=0 la= lp=0 s= a=", &request), ==, 0);
        g_assert_false(request.has_known_uid);
        expect_malformed("H " ID " 12 ");
        expect_malformed("H " ID " 12 k=x u=102 h= p=0 la= lp=0 s= a=");
        expect_malformed("H " ID " 12 u=102 h= p=0 la= lp=0 s= a=");
        expect_malformed("H " ID " 12 k=1 u=102 h= p=0 la= lp=0 s=");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/request/message-over-tcp-is-read", test_message_over_tcp_is_read);
        g_test_add_func("/request/message-of-a-process-is-read", test_message_of_a_process_is_read);
        g_test_add_func("/request/question-before-the-message-is-read",
                        test_question_before_the_message_is_read);
        g_test_add_func("/request/question-for-release-is-read", test_question_for_release_is_read);
        g_test_add_func("/request/foreign-words-come-as-they-are",
                        test_foreign_words_come_as_they_are);
        g_test_add_func("/request/anything-else-is-malformed", test_anything_else_is_malformed);
        g_test_add_func("/request/nul-is-malformed", test_nul_is_malformed);
        g_test_add_func("/request/text-above-the-bound-is-malformed",
                        test_text_above_the_bound_is_malformed);
        g_test_add_func("/request/text-at-the-bound-is-read", test_text_at_the_bound_is_read);
        g_test_add_func("/request/probe-of-root-is-known", test_probe_of_root_is_known);
        g_test_add_func("/request/nobody-else-sends-freely-as-the-probe",
                        test_nobody_else_sends_freely_as_the_probe);

        g_test_add_func("/request/question-about-auth-is-read", test_question_about_auth_is_read);
        g_test_add_func("/request/delivery-may-say-whose-message-it-is",
                        test_delivery_may_say_whose_message_it_is);

        return g_test_run();
}
