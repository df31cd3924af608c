/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/port-verdicts.h"

static void test_names_go_both_ways(void) {
        PortVerdict verdict = _PORT_VERDICT_MAX;

        g_assert_cmpstr(port_verdict_to_string(PORT_VERDICT_REDIRECT), ==, "redirect");
        g_assert_cmpstr(port_verdict_to_string(PORT_VERDICT_REJECT), ==, "reject");
        g_assert_cmpint(port_verdict_from_string("redirect", &verdict), ==, 0);
        g_assert_cmpint(verdict, ==, PORT_VERDICT_REDIRECT);
        g_assert_cmpint(port_verdict_from_string("reject", &verdict), ==, 0);
        g_assert_cmpint(verdict, ==, PORT_VERDICT_REJECT);
        g_assert_cmpint(port_verdict_from_string("Reject", &verdict), ==, -EINVAL);
        g_assert_cmpint(port_verdict_from_string("", &verdict), ==, -EINVAL);
}

static void test_default_is_the_contract(void) {
        PortVerdicts verdicts = {};

        g_assert_cmpint(port_verdicts_add(&verdicts, 587, PORT_VERDICT_REJECT), ==, 0);
        g_assert_cmpint(port_verdicts_add(&verdicts, 25, PORT_VERDICT_REDIRECT), ==, 0);
        g_assert_cmpint(port_verdicts_add(&verdicts, 465, PORT_VERDICT_REJECT), ==, 0);
        g_assert_true(port_verdicts_equal(&verdicts, &port_verdicts_default));
}

static void test_entries_are_sorted_whatever_their_order(void) {
        PortVerdicts verdicts = {};

        for (unsigned i = 0; i < SMTP_RESTRICTIONS_PORTS_MAX; i++)
                g_assert_cmpint(port_verdicts_add(
                                                &verdicts,
                                                (uint16_t) (1 + (i * 13) % 32),
                                                PORT_VERDICT_REJECT),
                                ==,
                                0);

        for (unsigned i = 0; i < SMTP_RESTRICTIONS_PORTS_MAX; i++)
                g_assert_cmpuint(verdicts.entries[i].port, ==, i + 1);
}

static void test_port_twice_is_told_also_when_full(void) {
        PortVerdicts verdicts = {};

        for (uint16_t port = 1; port <= SMTP_RESTRICTIONS_PORTS_MAX; port++)
                g_assert_cmpint(port_verdicts_add(&verdicts, port, PORT_VERDICT_REJECT), ==, 0);

        g_assert_cmpint(port_verdicts_add(&verdicts, 25, PORT_VERDICT_REDIRECT),
                        ==,
                        PORT_VERDICTS_E_TWICE);
        g_assert_cmpint(port_verdicts_add(&verdicts, 65535, PORT_VERDICT_REJECT),
                        ==,
                        PORT_VERDICTS_E_FULL);
        g_assert_cmpuint(verdicts.count, ==, SMTP_RESTRICTIONS_PORTS_MAX);
}

static void test_equal_sees_port_verdict_and_count(void) {
        PortVerdicts verdicts = port_verdicts_default;

        verdicts.count--;
        g_assert_false(port_verdicts_equal(&verdicts, &port_verdicts_default));

        verdicts = port_verdicts_default;
        verdicts.entries[1].port = 466;
        g_assert_false(port_verdicts_equal(&verdicts, &port_verdicts_default));

        verdicts = port_verdicts_default;
        verdicts.entries[0].verdict = PORT_VERDICT_REJECT;
        g_assert_false(port_verdicts_equal(&verdicts, &port_verdicts_default));
}

static void test_have_finds_a_verdict(void) {
        PortVerdicts verdicts = {};

        g_assert_cmpint(port_verdicts_add(&verdicts, 25, PORT_VERDICT_REJECT), ==, 0);
        g_assert_true(port_verdicts_have(&verdicts, PORT_VERDICT_REJECT));
        g_assert_false(port_verdicts_have(&verdicts, PORT_VERDICT_REDIRECT));
}

static void test_wrong_entry_is_refused_with_its_value(void) {
        CLEANUP(failure_done) Failure failure = {};
        PortVerdicts verdicts = {};

        expect_refusal(port_verdicts_add_string(&verdicts, 0, "reject", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "PortVerdicts: port 0 is not between 1 and 65535");
        expect_refusal(port_verdicts_add_string(&verdicts, 65536 + 25, "reject", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "PortVerdicts: port 65561 is not between 1 and 65535");
        expect_refusal(port_verdicts_add_string(&verdicts, 25, "drop\n", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "PortVerdicts: 'drop\\x0a' of port 25 is neither 'redirect' nor 'reject'");
        g_assert_cmpuint(verdicts.count, ==, 0);

        g_assert_cmpint(port_verdicts_add_string(&verdicts, 25, "redirect", &failure), ==, 0);
        expect_refusal(port_verdicts_add_string(&verdicts, 25, "reject", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "PortVerdicts: port 25 is there twice");
        g_assert_cmpint(verdicts.entries[0].verdict, ==, PORT_VERDICT_REDIRECT);
}

static void test_entry_beyond_the_bound_is_refused(void) {
        CLEANUP(failure_done) Failure failure = {};
        PortVerdicts verdicts = {};

        for (uint64_t port = 1; port <= SMTP_RESTRICTIONS_PORTS_MAX; port++)
                g_assert_cmpint(port_verdicts_add_string(&verdicts, port, "reject", NULL), ==, 0);

        expect_refusal(port_verdicts_add_string(&verdicts, 65535, "reject", &failure),
                       failure,
                       FAILURE_INVALID_VALUE,
                       "PortVerdicts: there are more than 32 ports");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/port-verdicts/names-go-both-ways", test_names_go_both_ways);
        g_test_add_func("/port-verdicts/default-is-the-contract", test_default_is_the_contract);
        g_test_add_func("/port-verdicts/entries-are-sorted-whatever-their-order",
                        test_entries_are_sorted_whatever_their_order);
        g_test_add_func("/port-verdicts/port-twice-is-told-also-when-full",
                        test_port_twice_is_told_also_when_full);
        g_test_add_func("/port-verdicts/equal-sees-port-verdict-and-count",
                        test_equal_sees_port_verdict_and_count);
        g_test_add_func("/port-verdicts/have-finds-a-verdict", test_have_finds_a_verdict);
        g_test_add_func("/port-verdicts/wrong-entry-is-refused-with-its-value",
                        test_wrong_entry_is_refused_with_its_value);
        g_test_add_func("/port-verdicts/entry-beyond-the-bound-is-refused",
                        test_entry_beyond_the_bound_is_refused);
        return g_test_run();
}
