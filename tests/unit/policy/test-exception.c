/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sys/socket.h>

#include "expect.h"
#include "policy/exception.h"
#include "util/text.h"

static const ExceptionInput plain = {
        .subject = "user:alice",
        .reason = "newsletter",
        .granted_by = "root",
        .granted_usec = 7,
};

static Exception *make(const ExceptionInput *input) {
        CLEANUP(failure_done) Failure failure = {};
        Exception *exception = NULL;
        int r = exception_new(input, &exception, &failure);

        g_assert_cmpstr(failure.text, ==, NULL);
        g_assert_cmpint(r, ==, 0);
        return exception;
}

static void expect_refused(const ExceptionInput *input, const char *text) {
        CLEANUP(failure_done) Failure failure = {};
        Exception *exception = NULL;

        expect_refusal(exception_new(input, &exception, &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       text);
        g_assert_null(exception);
}

static void test_least_is_subject_and_reason(void) {
        CLEANUP(exception_unrefp) Exception *exception = make(&plain);

        g_assert_cmpint(exception->kind, ==, SUBJECT_USER);
        g_assert_cmpstr(exception->name, ==, "alice");
        g_assert_cmpint(exception->destination.family, ==, AF_UNSPEC);
        g_assert_cmpuint(exception->port_count, ==, 0);
        g_assert_cmpint(exception->verdict, ==, EXCEPTION_ALLOW);
        g_assert_cmpuint(exception->expires_usec, ==, 0);
        g_assert_cmpstr(exception->granted_by, ==, "root");
        g_assert_cmpuint(exception->granted_usec, ==, 7);
}

static void test_ports_are_sorted_and_unique(void) {
        ExceptionInput input = plain;
        CLEANUP(exception_unrefp) Exception *exception = NULL;

        input.ports = (const uint16_t[]){ 587, 25, 587 };
        input.port_count = 3;
        exception = make(&input);
        g_assert_cmpuint(exception->port_count, ==, 2);
        g_assert_cmpuint(exception->ports[0], ==, 25);
        g_assert_cmpuint(exception->ports[1], ==, 587);
}

static void test_port_zero_is_refused(void) {
        ExceptionInput input = plain;

        input.ports = (const uint16_t[]){ 25, 0 };
        input.port_count = 2;
        expect_refused(&input, "Ports: '0' is not a port, 1 to 65535");
}

static void test_too_many_ports_are_refused(void) {
        uint16_t ports[SMTP_RESTRICTIONS_PORTS_MAX + 1];
        ExceptionInput input = plain;

        for (size_t i = 0; i < ELEMENTS_OF(ports); i++)
                ports[i] = (uint16_t) (i + 1);
        input.ports = ports;
        input.port_count = ELEMENTS_OF(ports);
        expect_refused(&input, "Ports: 33 entries are not between 0 and 32");
}

static void expect_subject_refused(const char *subject, const char *text) {
        ExceptionInput input = plain;

        input.subject = subject;
        expect_refused(&input, text);
}

static void test_subjects_have_a_kind(void) {
        static const char none[] = "is none of user:NAME, group:NAME and interface:NAME";
        CLEANUP(freep) char *alone = string_format("Subject: 'alice' %s", none);
        CLEANUP(freep) char *other = string_format("Subject: 'domain:alice' %s", none);
        CLEANUP(freep) char *longer = string_format("Subject: 'users:alice' %s", none);

        expect_subject_refused("alice", alone);
        expect_subject_refused("domain:alice", other);
        expect_subject_refused("users:alice", longer);
        expect_subject_refused(NULL, "Subject: is missing");
}

static void test_names_are_no_numbers(void) {
        expect_subject_refused("user:1000", "Subject: '1000' is a number; name the user or group");
        expect_subject_refused("group:0", "Subject: '0' is a number; name the user or group");
}

static void test_names_have_the_bounds_of_a_policy(void) {
        expect_subject_refused("user:", "Subject: '' is empty");
        expect_subject_refused("user:a:b", "Subject: 'a:b' holds '/' or ':'");
        expect_subject_refused("group:a\nb", "Subject: 'a\\x0ab' holds a control character");
}

static void test_names_may_hold_digits(void) {
        ExceptionInput input = plain;
        CLEANUP(exception_unrefp) Exception *exception = NULL;

        input.subject = "user:u1000";
        exception = make(&input);
        g_assert_cmpstr(exception->name, ==, "u1000");
}

static void test_interface_of_15_bytes_is_the_longest(void) {
        ExceptionInput input = plain;
        CLEANUP(exception_unrefp) Exception *exception = NULL;

        input.subject = "interface:abcdefghijklmno";
        exception = make(&input);
        g_assert_cmpint(exception->kind, ==, SUBJECT_INTERFACE);
        expect_subject_refused(
                        "interface:abcdefghijklmnop",
                        "Subject: 'abcdefghijklmnop' is longer than the 15 bytes that an "
                        "interface's name has at most");
}

static void test_interfaces_have_the_kernels_names(void) {
        static const char *const names[] = { ".", "..", "a/b", "eth0:1", "a b", "a\tb", "\x1b" };

        for (size_t i = 0; i < ELEMENTS_OF(names); i++) {
                CLEANUP(freep) char *subject = string_format("interface:%s", names[i]);
                CLEANUP(freep) char *quoted = string_quote(names[i], strlen(names[i]), 64);
                CLEANUP(freep)
                char *text = string_format("Subject: '%s' is no name of an interface", quoted);

                expect_subject_refused(subject, text);
        }
        expect_subject_refused("interface:", "Subject: '' is empty");
}

static void test_destination_is_a_network(void) {
        ExceptionInput input = plain;
        CLEANUP(exception_unrefp) Exception *exception = NULL;

        input.destination = "2001:DB8::/32";
        exception = make(&input);
        g_assert_cmpint(exception->destination.family, ==, AF_INET6);
        g_assert_cmpuint(exception->destination.prefix, ==, 32);
        g_assert_cmpuint(exception->destination.address[0], ==, 0x20);
}

static void expect_destination_refused(const char *destination, const char *text) {
        ExceptionInput input = plain;

        input.destination = destination;
        expect_refused(&input, text);
}

static void test_bad_destinations_say_why(void) {
        expect_destination_refused(
                        "192.0.2.1/24",
                        "Destination: '192.0.2.1/24' has bits behind its prefix; write the "
                        "network's first address");
        expect_destination_refused(
                        "::ffff:192.0.2.1",
                        "Destination: '::ffff:192.0.2.1' is an IPv4 address; write it as one");
        expect_destination_refused(
                        "192.0.2.0/33",
                        "Destination: '192.0.2.0/33' is neither an address nor a network such as "
                        "192.0.2.0/24");
        expect_destination_refused(
                        "",
                        "Destination: '' is neither an address nor a network such as "
                        "192.0.2.0/24");
}

static void test_host_name_gets_the_recommended_call(void) {
        ExceptionInput input = plain;

        expect_destination_refused(
                        "smtp.example.com",
                        "Destination: 'smtp.example.com' is no address, and the addresses of a "
                        "name change; allow the port to any destination instead: AddException "
                        "a{sv} 3 Subject s user:alice Ports aq 1 587 Reason s ...");

        input.destination = "smtp.example.com";
        input.ports = (const uint16_t[]){ 465, 25 };
        input.port_count = 2;
        expect_refused(&input,
                       "Destination: 'smtp.example.com' is no address, and the addresses of a "
                       "name change; allow the port to any destination instead: AddException "
                       "a{sv} 3 Subject s user:alice Ports aq 2 25 465 Reason s ...");
}

static void test_unknown_verdict_is_refused(void) {
        ExceptionInput input = plain;

        input.verdict = "drop";
        expect_refused(&input, "Verdict: 'drop' is none of allow, reject, redirect and observe");
}

static void test_each_verdict_has_its_name(void) {
        for (size_t i = 0; i < _EXCEPTION_VERDICT_MAX; i++) {
                ExceptionInput input = plain;
                CLEANUP(exception_unrefp) Exception *exception = NULL;

                input.verdict = exception_verdict_to_string((ExceptionVerdict) i);
                exception = make(&input);
                g_assert_cmpuint(exception->verdict, ==, i);
        }
}

static void test_reason_is_required_and_bounded(void) {
        char reason[SMTP_RESTRICTIONS_REASON_SIZE_MAX + 2] = {};
        ExceptionInput input = plain;

        input.reason = NULL;
        expect_refused(&input, "Reason: is missing; say why, for whoever reads it in a year");
        input.reason = "";
        expect_refused(&input, "Reason: is missing; say why, for whoever reads it in a year");
        input.reason = "a\nb";
        expect_refused(&input, "Reason: 'a\\x0ab' is not plain text in UTF-8");

        memset(reason, 'x', sizeof(reason) - 1);
        input.reason = reason;
        expect_refused(&input, "Reason: a text of 201 bytes is longer than 200");
        reason[SMTP_RESTRICTIONS_REASON_SIZE_MAX] = 0;
        (void) exception_unref(make(&input));
}

static void test_key_is_all_but_verdict_time_and_reason(void) {
        ExceptionInput other = plain, elsewhere = plain;
        CLEANUP(exception_unrefp) Exception *a = make(&plain);
        CLEANUP(exception_unrefp) Exception *b = NULL;
        CLEANUP(exception_unrefp) Exception *c = NULL;

        other.verdict = "reject";
        other.reason = "another";
        other.expires_usec = 5;
        b = make(&other);
        elsewhere.destination = "192.0.2.1";
        c = make(&elsewhere);

        g_assert_true(exception_key_equal(a, b));
        g_assert_false(exception_key_equal(a, c));
}

static void test_expiry_is_over_at_its_instant(void) {
        ExceptionInput input = plain;
        CLEANUP(exception_unrefp) Exception *never = make(&plain);
        CLEANUP(exception_unrefp) Exception *soon = NULL;

        input.expires_usec = 100;
        soon = make(&input);
        g_assert_false(exception_is_expired(soon, 99));
        g_assert_true(exception_is_expired(soon, 100));
        g_assert_false(exception_is_expired(never, UINT64_MAX));
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/exception/least-is-subject-and-reason", test_least_is_subject_and_reason);
        g_test_add_func("/exception/ports-are-sorted-and-unique", test_ports_are_sorted_and_unique);
        g_test_add_func("/exception/port-zero-is-refused", test_port_zero_is_refused);
        g_test_add_func("/exception/too-many-ports-are-refused", test_too_many_ports_are_refused);
        g_test_add_func("/exception/subjects-have-a-kind", test_subjects_have_a_kind);
        g_test_add_func("/exception/names-are-no-numbers", test_names_are_no_numbers);
        g_test_add_func("/exception/names-have-the-bounds-of-a-policy",
                        test_names_have_the_bounds_of_a_policy);
        g_test_add_func("/exception/names-may-hold-digits", test_names_may_hold_digits);
        g_test_add_func("/exception/interface-of-15-bytes-is-the-longest",
                        test_interface_of_15_bytes_is_the_longest);
        g_test_add_func("/exception/interfaces-have-the-kernels-names",
                        test_interfaces_have_the_kernels_names);
        g_test_add_func("/exception/destination-is-a-network", test_destination_is_a_network);
        g_test_add_func("/exception/bad-destinations-say-why", test_bad_destinations_say_why);
        g_test_add_func("/exception/host-name-gets-the-recommended-call",
                        test_host_name_gets_the_recommended_call);
        g_test_add_func("/exception/unknown-verdict-is-refused", test_unknown_verdict_is_refused);
        g_test_add_func("/exception/each-verdict-has-its-name", test_each_verdict_has_its_name);
        g_test_add_func("/exception/reason-is-required-and-bounded",
                        test_reason_is_required_and_bounded);
        g_test_add_func("/exception/key-is-all-but-verdict-time-and-reason",
                        test_key_is_all_but_verdict_time_and_reason);
        g_test_add_func("/exception/expiry-is-over-at-its-instant",
                        test_expiry_is_over_at_its_instant);
        return g_test_run();
}
