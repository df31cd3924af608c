/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "core/attempts-text.h"

#define NOW (2000000000 * USEC_PER_SEC)
#define DAY (24 * 60 * 60 * USEC_PER_SEC)

/* Each %s is an array. */
#define TEXT "{\"Version\": 1, \"Users\": %s, \"Destinations\": %s}"

#define USER(last) "[{\"Uid\": 1000, \"Count\": 7, \"First\": 5, \"Last\": " last "}]"
#define DESTINATION(verdict, address, port)                                                        \
        "[{\"Uid\": 1000, \"Verdict\": " verdict ", \"Address\": " address ", \"Port\": " port     \
        ", \"Count\": 3, \"Last\": 2000000000000000}]"

typedef struct Read {
        Attempts attempts;
        AttemptBook book;
        Failure failure;
        int r;
} Read;

static void read_done(Read *read) {
        attempts_done(&read->attempts);
        attempt_book_done(&read->book);
        failure_done(&read->failure);
}

static Read read_text(const char *text) {
        Read read = {};

        read.r = attempts_from_text(
                        text, strlen(text), NOW, &read.attempts, &read.book, &read.failure);
        return read;
}

static Read read_parts(const char *users, const char *destinations) {
        g_autofree char *text = g_strdup_printf(TEXT, users, destinations);

        return read_text(text);
}

static void append(Attempts *attempts, AttemptSet set, uint32_t uid, uint64_t packets) {
        g_assert_cmpint(attempts_append(attempts,
                                        &(Attempt){
                                                        .set = set,
                                                        .uid = uid,
                                                        .address = { 203, 0, 113, 25 },
                                                        .port = set == ATTEMPTS_USERS ? 0 : 25,
                                                        .packets = packets,
                                                        .expires_msec = MSEC_PER_DAY,
                                        }),
                        ==,
                        0);
}

static void test_what_is_written_is_read_again(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(attempt_book_done) AttemptBook book = {};
        CLEANUP(read_done) Read read = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        for (AttemptSet i = 0; i < ATTEMPTS_FORWARD_REJECT; i++)
                append(&attempts, i, UINT32_MAX - 1, i + 1);
        attempts_sort(&attempts);
        g_assert_cmpint(attempt_book_note(&book, UINT32_MAX - 1, NOW - 20 * DAY), ==, 0);
        g_assert_cmpint(attempts_to_text(&attempts, &book, NOW, &text, &size), ==, 0);

        read = read_text(text);
        g_assert_cmpint(read.r, ==, 0);
        g_assert_cmpuint(read.attempts.count, ==, attempts.count);
        for (size_t i = 0; i < attempts.count; i++) {
                const Attempt *before = &attempts.items[i], *after = &read.attempts.items[i];

                g_assert_cmpint(after->set, ==, before->set);
                g_assert_cmpuint(after->uid, ==, before->uid);
                g_assert_cmpuint(after->port, ==, before->port);
                g_assert_cmpuint(after->packets, ==, before->packets);
                g_assert_cmpuint(after->expires_msec, ==, before->expires_msec);
                if (after->set != ATTEMPTS_USERS)
                        g_assert_cmpint(memcmp(after->address, before->address, 16), ==, 0);
        }
        g_assert_cmpuint(attempt_book_find(&read.book, UINT32_MAX - 1), ==, NOW - 20 * DAY);
}

static void test_time_that_went_by_is_gone(void) {
        CLEANUP(read_done) Read read = read_parts(USER("1999913600000000"), "[]"); /* a day ago */

        g_assert_cmpint(read.r, ==, 0);
        g_assert_cmpuint(
                        read.attempts.items[0].expires_msec,
                        ==,
                        (ATTEMPTS_USERS_DAYS - 1) * MSEC_PER_DAY);
}

static void test_what_is_too_old_is_left_out(void) {
        CLEANUP(read_done) Read read = read_parts(USER("1"), "[]");

        g_assert_cmpint(read.r, ==, 0);
        g_assert_cmpuint(read.attempts.count, ==, 0);
        g_assert_cmpuint(read.book.count, ==, 0);
}

static void test_a_clock_that_was_set_back_lets_nothing_last_longer(void) {
        CLEANUP(read_done) Read read = read_parts(USER("9000000000000000"), "[]");

        g_assert_cmpint(read.r, ==, 0);
        g_assert_cmpuint(
                        read.attempts.items[0].expires_msec,
                        ==,
                        ATTEMPTS_USERS_DAYS * MSEC_PER_DAY);
}

static void test_of_too_many_the_most_are_written(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(read_done) Read read = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        for (uint32_t i = 0; i < ATTEMPTS_TEXT_USERS_MAX + 10; i++)
                append(&attempts, ATTEMPTS_USERS, i, i);
        g_assert_cmpint(attempts_to_text(&attempts, &(AttemptBook){}, NOW, &text, &size), ==, 0);
        g_assert_cmpuint(size, <, ATTEMPTS_TEXT_SIZE_MAX / 2);

        read = read_text(text);
        g_assert_cmpuint(read.attempts.count, ==, ATTEMPTS_TEXT_USERS_MAX);
        g_assert_cmpuint(read.attempts.items[0].uid, ==, 10);
}

static void test_what_is_not_as_written_is_refused(void) {
        static const struct {
                const char *users;
                const char *destinations;
        } wrong[] = {
                { "null", "[]" },
                { "{}", "[]" },
                { "[1]", "[]" },
                { "[]", "7" },
                { USER("\"now\""), "[]" },
                { USER("-1"), "[]" },
                { "[{\"Uid\": 4294967296, \"Count\": 7, \"First\": 5, \"Last\": 5}]", "[]" },
                { "[{\"Uid\": 1, \"Count\": 7.5, \"First\": 5, \"Last\": 5}]", "[]" },
                { "[]", DESTINATION("\"drop\"", "\"203.0.113.25\"", "25") },
                { "[]", DESTINATION("null", "\"203.0.113.25\"", "25") },
                { "[]", DESTINATION("\"reject\"", "\"remote.test\"", "25") },
                { "[]", DESTINATION("\"reject\"", "25", "25") },
                { "[]", DESTINATION("\"reject\"", "\"203.0.113.25\"", "65536") },
        };

        for (size_t i = 0; i < ELEMENTS_OF(wrong); i++) {
                CLEANUP(read_done) Read read = read_parts(wrong[i].users, wrong[i].destinations);

                g_assert_cmpint(read.r, ==, -EINVAL);
                g_assert_nonnull(read.failure.text);
                g_assert_cmpuint(read.attempts.count, ==, 0);
        }
}

static void test_a_newer_version_is_refused(void) {
        CLEANUP(read_done)
        Read read = read_text("{\"Version\": 2, \"Users\": [], \"Destinations\": []}");

        g_assert_cmpint(read.r, ==, -EINVAL);
}

static void test_interfaces_are_read_again(void) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(read_done) Read read = {};
        g_autofree char *text = NULL;
        size_t size = 0;

        g_assert_cmpint(attempts_append(&attempts,
                                        &(Attempt){
                                                        .set = ATTEMPTS_FORWARD_OBSERVE,
                                                        .uid = ATTEMPTS_NO_UID,
                                                        .address = "docker0",
                                                        .packets = 3,
                                                        .expires_msec = MSEC_PER_DAY,
                                        }),
                        ==,
                        0);
        g_assert_cmpint(attempts_to_text(&attempts, &(AttemptBook){}, NOW, &text, &size), ==, 0);
        read = read_text(text);
        g_assert_cmpint(read.r, ==, 0);
        g_assert_cmpuint(read.attempts.count, ==, 1);
        g_assert_cmpint(read.attempts.items[0].set, ==, ATTEMPTS_FORWARD_OBSERVE);
        g_assert_cmpuint(read.attempts.items[0].uid, ==, ATTEMPTS_NO_UID);
        g_assert_cmpstr((const char *) read.attempts.items[0].address, ==, "docker0");
        g_assert_cmpuint(read.attempts.items[0].packets, ==, 3);
        g_assert_cmpuint(read.attempts.items[0].expires_msec, ==, MSEC_PER_DAY);
}

static void test_names_that_are_no_interfaces_are_refused(void) {
#define INTERFACE(name, verdict)                                                                   \
        "[{\"Uid\": 7, \"Verdict\": " verdict ", \"Interface\": " name                             \
        ", \"Count\": 3, \"Last\": 2000000000000000}]"
        static const char *const bad[] = {
                INTERFACE("\"a\\\"b\"", "\"reject\""),
                INTERFACE("\"\"", "\"reject\""),
                INTERFACE("\"docker0\"", "\"redirect\""),
                INTERFACE("\"iiiiiiiiiiiiiiii\"", "\"reject\""),
        };
        CLEANUP(read_done) Read good = read_parts("[]", INTERFACE("\"docker0\"", "\"reject\""));

        g_assert_cmpint(good.r, ==, 0);
        g_assert_cmpuint(good.attempts.items[0].uid, ==, ATTEMPTS_NO_UID);
        for (size_t i = 0; i < ELEMENTS_OF(bad); i++) {
                CLEANUP(read_done) Read read = read_parts("[]", bad[i]);

                g_assert_cmpint(read.r, ==, -EINVAL);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/attempts-text/what-is-written-is-read-again",
                        test_what_is_written_is_read_again);
        g_test_add_func("/attempts-text/time-that-went-by-is-gone", test_time_that_went_by_is_gone);
        g_test_add_func("/attempts-text/what-is-too-old-is-left-out",
                        test_what_is_too_old_is_left_out);
        g_test_add_func("/attempts-text/a-clock-that-was-set-back-lets-nothing-last-longer",
                        test_a_clock_that_was_set_back_lets_nothing_last_longer);
        g_test_add_func("/attempts-text/of-too-many-the-most-are-written",
                        test_of_too_many_the_most_are_written);
        g_test_add_func("/attempts-text/what-is-not-as-written-is-refused",
                        test_what_is_not_as_written_is_refused);
        g_test_add_func("/attempts-text/a-newer-version-is-refused",
                        test_a_newer_version_is_refused);
        g_test_add_func("/attempts-text/interfaces-are-read-again", test_interfaces_are_read_again);
        g_test_add_func("/attempts-text/names-that-are-no-interfaces-are-refused",
                        test_names_that_are_no_interfaces_are_refused);
        return g_test_run();
}
