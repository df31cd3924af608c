/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/exceptions.h"
#include "util/json.h"
#include "util/text.h"

#define NOW 1000u

static Exception *make(const char *subject, const char *verdict, uint64_t expires_usec) {
        CLEANUP(failure_done) Failure failure = {};
        Exception *exception = NULL;
        ExceptionInput input = {
                .subject = subject,
                .verdict = verdict,
                .expires_usec = expires_usec,
                .reason = "because",
                .granted_by = "root",
                .granted_usec = 5,
        };

        g_assert_cmpint(exception_new(&input, &exception, &failure), ==, 0);
        return exception;
}

static void add(Exceptions *list, const char *subject, uint64_t expires_usec) {
        CLEANUP(exception_unrefp) Exception *exception = make(subject, NULL, expires_usec);

        g_assert_cmpint(exceptions_add(list, exception, NOW, NULL), ==, 0);
}

static void test_ids_grow_and_are_not_used_again(void) {
        CLEANUP(exceptions_done) Exceptions list = {};

        add(&list, "user:a", 0);
        add(&list, "user:b", 0);
        g_assert_cmpint(exceptions_remove(&list, 2, NOW, NULL), ==, 0);
        add(&list, "user:c", 0);

        g_assert_cmpuint(list.count, ==, 2);
        g_assert_cmpuint(list.items[1]->id, ==, 3);
        g_assert_cmpstr(exceptions_find(&list, 3)->name, ==, "c");
        g_assert_null(exceptions_find(&list, 2));
}

static void test_same_key_and_verdict_names_the_one_that_is_there(void) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(exception_unrefp) Exception *same = make("user:a", NULL, 0);
        CLEANUP(exception_unrefp) Exception *other = make("user:a", "reject", 0);
        CLEANUP(failure_done) Failure failure = {};

        add(&list, "user:a", 0);
        expect_refusal(exceptions_add(&list, same, NOW, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "Subject: exception 1 says the same already; remove it first to change its "
                       "time or reason");
        g_assert_cmpint(exceptions_add(&list, other, NOW, NULL), ==, 0);
}

static void test_expired_one_does_not_stand_in_the_way(void) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(exception_unrefp) Exception *again = make("user:a", NULL, 0);

        add(&list, "user:a", NOW + 1);
        g_assert_cmpint(exceptions_add(&list, again, NOW + 1, NULL), ==, 0);
}

static void test_past_is_refused(void) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(exception_unrefp) Exception *past = make("user:a", NULL, NOW);
        CLEANUP(failure_done) Failure failure = {};

        expect_refusal(exceptions_add(&list, past, NOW, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "ExpiresAt: is in the past");
        g_assert_cmpuint(list.count, ==, 0);
}

static void test_one_above_10000_is_refused(void) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(exception_unrefp) Exception *more = make("user:more", NULL, 0);
        CLEANUP(failure_done) Failure failure = {};

        for (size_t i = 0; i < SMTP_RESTRICTIONS_EXCEPTIONS_MAX; i++) {
                CLEANUP(freep) char *subject = string_format("user:u%zu", i);
                CLEANUP(exception_unrefp) Exception *exception = make(subject, NULL, 0);

                g_assert_cmpint(exceptions_append_read(&list, i + 1, exception, NULL), ==, 0);
        }

        expect_refusal(exceptions_add(&list, more, NOW, &failure),
                       failure,
                       FAILURE_LIMITS_EXCEEDED,
                       "there are 10000 exceptions, and no more are possible; remove some, or put "
                       "the users into AllowedUsers");
        g_assert_cmpint(exceptions_remove(&list, 17, NOW, NULL), ==, 0);
        g_assert_cmpint(exceptions_add(&list, more, NOW, NULL), ==, 0);
}

static void test_expired_ones_are_dropped(void) {
        CLEANUP(exceptions_done) Exceptions list = {};

        add(&list, "user:a", NOW + 1);
        add(&list, "user:b", 0);
        add(&list, "user:c", NOW + 2);
        g_assert_cmpuint(exceptions_count_valid(&list, NOW + 1), ==, 2);
        g_assert_cmpuint(exceptions_drop_expired(&list, NOW + 1), ==, 1);
        g_assert_cmpstr(list.items[0]->name, ==, "b");
        g_assert_cmpstr(list.items[1]->name, ==, "c");
        g_assert_cmpuint(list.last_id, ==, 3);
}

static void test_what_is_not_there_cannot_be_removed(void) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(failure_done) Failure failure = {};

        add(&list, "user:a", NOW + 1);
        expect_refusal(exceptions_remove(&list, 2, NOW, &failure),
                       failure,
                       FAILURE_NOT_FOUND,
                       "there is no exception 2");
        expect_refusal(exceptions_remove(&list, 1, NOW + 1, &failure),
                       failure,
                       FAILURE_NOT_FOUND,
                       "there is no exception 1");
}

static void test_copies_share_and_differ(void) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(exceptions_done) Exceptions copy = {};

        add(&list, "user:a", 0);
        g_assert_cmpint(exceptions_copy(&list, &copy), ==, 0);
        g_assert_true(copy.items[0] == list.items[0]);
        add(&copy, "user:b", 0);
        g_assert_cmpuint(list.count, ==, 1);
        g_assert_cmpint(exceptions_remove(&list, 1, NOW, NULL), ==, 0);
        g_assert_cmpstr(copy.items[0]->name, ==, "a");
}

/* ---- JSON ---- */

static int read_one(Exceptions *list, const char *text, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);

        g_assert_nonnull(json);
        return exceptions_read_json(list, json, reterr);
}

static void expect_round_trip(const char *text) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(text_done) Text written = {};
        CLEANUP(freep) char *again = NULL;
        size_t size;

        g_assert_cmpint(read_one(&list, text, NULL), ==, 0);
        g_assert_cmpint(exception_append_json(list.items[0], &written), ==, 0);
        g_assert_cmpint(text_finish(&written, &again, &size), ==, 0);
        g_assert_cmpstr(again, ==, text);
}

static void test_json_goes_round(void) {
        expect_round_trip("{\"Id\":3,\"Subject\":\"user:alice\",\"Verdict\":\"allow\",\"Reason\":"
                          "\"why\",\"GrantedBy\":\"root\",\"GrantedAt\":7}");
        expect_round_trip("{\"Id\":3,\"Subject\":\"interface:docker0\",\"Destination\":"
                          "\"192.0.2.0/24\",\"Ports\":[25,587],\"Verdict\":\"reject\","
                          "\"ExpiresAt\":99,\"Reason\":\"why \\\"not\\\", a\\\\b\","
                          "\"GrantedBy\":\"uid 7\",\"GrantedAt\":7}");
        expect_round_trip("{\"Id\":3,\"Subject\":\"user:a\\\\b\\\"c\",\"Destination\":"
                          "\"2001:db8::1\",\"Verdict\":\"allow\",\"Reason\":\"\xc3\xb6\","
                          "\"GrantedBy\":\"root\",\"GrantedAt\":7}");
}

static void expect_json_refused(const char *text, const char *why) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(failure_done) Failure failure = {};

        expect_refusal(read_one(&list, text, &failure), failure, FAILURE_INVALID_VALUE, why);
        g_assert_cmpuint(list.count, ==, 0);
}

static void test_bad_json_is_refused(void) {
        expect_json_refused("[]", "Subject: is missing");
        expect_json_refused("{\"Subject\":7}", "Subject: is not a text");
        expect_json_refused("{\"Subject\":\"user:a\\u0000\"}", "Subject: is not a text");
        expect_json_refused(
                        "{\"Subject\":\"user:a\",\"Reason\":\"r\"}",
                        "Id: 0 is not above the one before");
        expect_json_refused(
                        "{\"Subject\":\"user:a\",\"Reason\":\"r\",\"GrantedBy\":\"a\\n\"}",
                        "GrantedBy: 'a\\x0a' is not plain text in UTF-8");
        expect_json_refused("{\"Id\":-1}", "Id: is not a number");
        expect_json_refused("{\"Id\":\"1\"}", "Id: is not a number");
        expect_json_refused("{\"Ports\":[]}", "Ports: is not an array of 1 to 32 ports");
        expect_json_refused("{\"Ports\":25}", "Ports: is not an array of 1 to 32 ports");
        expect_json_refused("{\"Ports\":[65536]}", "Ports: is not an array of ports");
        expect_json_refused("{\"Ports\":[\"25\"]}", "Ports: is not an array of ports");
        expect_json_refused("{\"ExpiresAt\":1.5}", "ExpiresAt: is not a number");
}

static void test_ids_are_read_in_their_order(void) {
        CLEANUP(exceptions_done) Exceptions list = {};
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(read_one(&list, "{\"Id\":5,\"Subject\":\"user:a\",\"Reason\":\"r\"}", NULL),
                        ==,
                        0);
        expect_refusal(read_one(&list,
                                "{\"Id\":5,\"Subject\":\"user:b\",\"Reason\":\"r\"}",
                                &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "Id: 5 is not above the one before");
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/exceptions/ids-grow-and-are-not-used-again",
                        test_ids_grow_and_are_not_used_again);
        g_test_add_func("/exceptions/same-key-and-verdict-names-the-one-that-is-there",
                        test_same_key_and_verdict_names_the_one_that_is_there);
        g_test_add_func("/exceptions/expired-one-does-not-stand-in-the-way",
                        test_expired_one_does_not_stand_in_the_way);
        g_test_add_func("/exceptions/past-is-refused", test_past_is_refused);
        g_test_add_func("/exceptions/one-above-10000-is-refused", test_one_above_10000_is_refused);
        g_test_add_func("/exceptions/expired-ones-are-dropped", test_expired_ones_are_dropped);
        g_test_add_func("/exceptions/what-is-not-there-cannot-be-removed",
                        test_what_is_not_there_cannot_be_removed);
        g_test_add_func("/exceptions/copies-share-and-differ", test_copies_share_and_differ);
        g_test_add_func("/exceptions/json-goes-round", test_json_goes_round);
        g_test_add_func("/exceptions/bad-json-is-refused", test_bad_json_is_refused);
        g_test_add_func("/exceptions/ids-are-read-in-their-order",
                        test_ids_are_read_in_their_order);
        return g_test_run();
}
