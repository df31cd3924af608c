/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Samples are of Exim 4.96 (Debian 12). */

#include <errno.h>
#include <glib.h>

#include "exim/probe-read.h"

#define BANNER   "\n**** SMTP testing session as if from host 192.0.2.1\n\n220 h ESMTP Exim 4.96\r\n"
#define EHLO     "250-h Hello selftest.invalid [192.0.2.1]\r\n250-SIZE 52428800\r\n250 HELP\r\n"
#define BEGINS   BANNER EHLO "250 OK\r\n"
#define ACCEPTED "250 Accepted\r\n250 Accepted\r\n250 Accepted\r\n354 Enter message\r\n"
#define ENDS                                                                                       \
        "250 OK id=1xUOWw-00005D-0K\r\n\r\n**** SMTP testing: that is not a real id!\r\n\r\n221 "  \
        "h\r\n"
#define PROBLEM "451 Temporary local problem - please try later\r\n"
#define NO_RCPT                                                                                    \
        "503-All RCPT commands were rejected with this error:\r\n503-x\r\n503 Valid RCPT\r\n"
#define FROM     "H=(selftest.invalid) [127.0.0.1] F=<selftest@selftest.invalid> "
#define NO_LOCAL "LOG: " FROM "temporarily rejected RCPT <root@h>: host lookup did not complete\n"

enum {
        STEP_BANNER,
        STEP_EHLO,
        STEP_MAIL,
        STEP_POSTMASTER,
        STEP_LOCAL,
        STEP_REMOTE,
        STEP_DATA,
        STEP_MESSAGE
};

static void read_session(EximProbes *probes, const char *output, const char *errors, int status) {
        g_assert_cmpint(exim_session_read(
                                        probes,
                                        EXIM_CLIENT_LOCAL,
                                        &(const EximRun){
                                                        .output = output,
                                                        .errors = errors,
                                                        .status = status,
                                        }),
                        ==,
                        0);
}

/* One letter per step: Good, Refused, Broken, unknown ('?'). */
static void assert_classes(const EximProbes *probes, const char *letters) {
        char found[EXIM_STEPS + 1] = "";

        for (size_t i = 0; i < EXIM_STEPS; i++)
                found[i] = "?GRB"[probes->items[i].class];
        g_assert_cmpstr(found, ==, letters);
}

static void assert_session(
                const char *output, const char *errors, int status, const char *letters) {
        CLEANUP(exim_probes_done) EximProbes probes = {};

        read_session(&probes, output, errors, status);
        assert_classes(&probes, letters);
}

static void test_session_that_accepts_all_is_good(void) {
        assert_session(BEGINS ACCEPTED ENDS, ">>> host in \"*\"?\n", 0, "GGGGGGGG");
}

static void test_refusal_is_no_failure(void) {
        assert_session(BEGINS "250 Accepted\r\n550 no LOG: failed\r\n550-relay\r\n550 no\r\n354 "
                              "x\r\n" ENDS,
                       "LOG: " FROM "rejected RCPT <root@h>: no LOG: failed to expand\n",
                       0,
                       "GGGGRRGG");
}

static void test_data_that_is_refused_ends_the_reading(void) {
        assert_session(BEGINS "550 a\r\n550 a\r\n550 a\r\n" NO_RCPT "500 unrecognized command\r\n",
                       "",
                       0,
                       "GGGRRRRR");
}

static void test_temporary_problem_is_broken(void) {
        assert_session(BEGINS PROBLEM PROBLEM PROBLEM NO_RCPT, "", 0, "GGGBBBRR");
}

static void test_temporary_refusal_with_words_of_its_own_is_a_refusal(void) {
        assert_session(BEGINS
                       "451 4.7.1 come back\r\n452 too many recipients\r\n250 x\r\n354 x\r\n" ENDS,
                       "LOG: " FROM "temporarily rejected RCPT <postmaster>: 4.7.1 come back\n",
                       0,
                       "GGGRRGGG");
}

static void test_own_words_do_not_hide_what_the_log_says(void) {
        assert_session(BEGINS "451 come back\r\n250 x\r\n250 x\r\n354 x\r\n" ENDS,
                       "LOG: " FROM "temporarily rejected RCPT <postmaster>: failed to expand ACL "
                       "string \"x\"\n",
                       0,
                       "GGGBGGGG");
}

static void test_name_server_that_does_not_answer_leaves_its_step_open_alone(void) {
        assert_session(BEGINS PROBLEM PROBLEM "250 x\r\n354 x\r\n" ENDS, NO_LOCAL, 0, "GGGB?GGG");
}

static void test_server_that_says_no_and_closes_has_refused_all(void) {
        assert_session(BANNER "250 HELP\r\n250 OK\r\n550 go\r\n", "", 0, "GGGRRRRR");
}

#define NO_SERVICE "421 Temporary local problem - please try later\r\n"

static void test_server_that_cannot_greet_is_broken(void) {
        assert_session(NO_SERVICE NO_SERVICE NO_SERVICE NO_SERVICE NO_SERVICE NO_SERVICE NO_SERVICE
                                       NO_SERVICE "221 h closing connection\r\n",
                       "LOG: invalid message_size_limit: invalid integer \"1x\"\n",
                       0,
                       "BBBBBBBB");
}

static void test_death_in_the_session_is_broken_from_there_on(void) {
        assert_session(BEGINS, "LOG: failed to open /etc/no for linear search\n", 1, "GGGBBBBB");
}

static void test_death_of_a_name_server_is_unknown(void) {
        assert_session("", "LOG: DNS lookup timed out\n", 1, "????????");
}

static void test_silence_is_unknown(void) {
        assert_session("", "", 0, "????????");
}

static void assert_reason(
                const char *output,
                const char *errors,
                int status,
                size_t step,
                const char *words) {
        CLEANUP(exim_probes_done) EximProbes probes = {};

        read_session(&probes, output, errors, status);
        g_assert_cmpint(probes.items[step].class, ==, EXIM_PROBE_BROKEN);
        g_assert_cmpstr(probes.items[step].words, ==, words);
}

static void test_reason_is_the_line_of_the_log_that_names_the_step(void) {
        assert_reason(BEGINS "250 x\r\n" PROBLEM PROBLEM "354 x\r\n" ENDS,
                      "LOG: H=x Warning: hello\n>>> x\nLOG: " FROM
                      "temporarily rejected RCPT <root@h>: failed to expand a\nLOG: " FROM
                      "temporarily rejected RCPT <selftest@selftest.invalid>: failed to expand b\n",
                      0,
                      STEP_LOCAL,
                      "rejected RCPT <root@h>: failed to expand a");
}

static void test_reason_may_stand_in_the_line_before(void) {
        assert_reason(BEGINS "250 x\r\n" PROBLEM "250 x\r\n354 x\r\n" ENDS,
                      "LOG: unknown named address list \"+no\"\nLOG: " FROM
                      "temporarily rejected RCPT <root@h>\n",
                      0,
                      STEP_LOCAL,
                      "unknown named address list \"+no\"");
}

static void test_reason_of_a_death_is_the_last_word(void) {
        assert_reason(BEGINS,
                      "LOG: H=x Warning: a\nLOG: failed to open /etc/no\nLOG: SMTP call from x "
                      "dropped\n",
                      1,
                      STEP_POSTMASTER,
                      "failed to open /etc/no");
}

static void test_without_a_reason_the_answer_is_one(void) {
        assert_reason(BEGINS "250 x\r\n" PROBLEM,
                      "",
                      0,
                      STEP_LOCAL,
                      "451 Temporary local problem - please try later\r");
}

static void test_death_without_a_word_has_words(void) {
        assert_reason(BEGINS, "", 134, STEP_POSTMASTER, "it breaks off without an answer");
}

static EximProbeClass route_class(
                const char *output, const char *errors, int status, bool signalled) {
        CLEANUP(exim_probes_done) EximProbes probes = {};

        g_assert_cmpint(exim_deed_read(&probes,
                                       EXIM_DEED_ROUTE_REMOTE,
                                       &(const EximRun){ output, errors, status, signalled }),
                        ==,
                        0);
        return probes.items[EXIM_PROBES - 2].class;
}

static void test_route_is_judged_by_exit_status(void) {
        g_assert_cmpint(route_class("a@b -> /x\n", "", 0, false), ==, EXIM_PROBE_GOOD);
        g_assert_cmpint(route_class("a@b is undeliverable\n", "", 2, false),
                        ==,
                        EXIM_PROBE_REFUSED);
        g_assert_cmpint(route_class("", "LOG: transport \"no\" not found\n", 1, false),
                        ==,
                        EXIM_PROBE_BROKEN);
        g_assert_cmpint(route_class("", "", 0, true), ==, EXIM_PROBE_BROKEN);
}

static void test_route_that_waits_for_a_name_server_is_unknown(void) {
        g_assert_cmpint(route_class("a@b cannot be resolved at this time: host lookup did not "
                                    "complete\n",
                                    "",
                                    1,
                                    false),
                        ==,
                        EXIM_PROBE_UNKNOWN);
        g_assert_cmpint(route_class("a@b cannot be resolved at this time: failed to expand \"x\"\n",
                                    "",
                                    1,
                                    false),
                        ==,
                        EXIM_PROBE_BROKEN);
}

#define REJECTED  "LOG: MAIN REJECT\n  F=<x@y> rejected by non-SMTP ACL: "
#define EXIM_SAYS "exim: message rejected by non-SMTP ACL: "

static void assert_submission(
                int status, const char *errors, EximProbeClass class, const char *words) {
        CLEANUP(exim_probes_done) EximProbes probes = {};

        g_assert_cmpint(exim_deed_read(&probes,
                                       EXIM_DEED_SUBMIT,
                                       &(const EximRun){ "", errors, status, false }),
                        ==,
                        0);
        g_assert_cmpint(probes.items[EXIM_PROBES - 1].class, ==, class);
        g_assert_cmpstr(probes.items[EXIM_PROBES - 1].words, ==, words);
}

static void test_submission_is_judged_by_what_the_acl_did(void) {
        assert_submission(0, "LOG: MAIN\n  <= x@y U=root\n", EXIM_PROBE_GOOD, NULL);
        assert_submission(1, REJECTED "never\n" EXIM_SAYS "never\n", EXIM_PROBE_REFUSED, NULL);
        assert_submission(
                        1,
                        REJECTED "failed to open ACL file \"/no\"\n" EXIM_SAYS
                                 "local configuration problem\n",
                        EXIM_PROBE_BROKEN,
                        "rejected by non-SMTP ACL: failed to open ACL file \"/no\"");
}

static void test_submission_that_has_no_spool_says_nothing(void) {
        assert_submission(
                        1,
                        "LOG: MAIN\n  Failed to create spool file /x: Read-only file system\n",
                        EXIM_PROBE_UNKNOWN,
                        NULL);
}

/* Step STEP_LOCAL of the remote client alone: one letter before, one now. */
static void assert_worse(EximProbeClass before, EximProbeClass now, bool worse) {
        const size_t i = EXIM_CLIENT_REMOTE * EXIM_STEPS + STEP_LOCAL;
        CLEANUP(exim_probes_done) EximProbes a = {}, b = {};
        CLEANUP(freep) char *text = NULL;

        a.items[i].class = before;
        b.items[i] = (EximProbe){ now, strdup("2026-11-20 10:00:00 failed in /tmp/x\n") };
        g_assert_cmpint(exim_probes_are_broken(&b), ==, now == EXIM_PROBE_BROKEN);
        g_assert_cmpint(exim_probes_compare(&a, &b, "/tmp/x", "/etc/exim.conf", &text),
                        ==,
                        worse ? 0 : -ENOENT);
        g_assert_cmpstr(text,
                        ==,
                        worse ? "in an SMTP session from another host: failed in /etc/exim.conf"
                              : NULL);
}

static void test_only_what_worked_can_become_worse(void) {
        assert_worse(EXIM_PROBE_GOOD, EXIM_PROBE_BROKEN, true);
        assert_worse(EXIM_PROBE_REFUSED, EXIM_PROBE_BROKEN, true);
        assert_worse(EXIM_PROBE_BROKEN, EXIM_PROBE_BROKEN, false);
        assert_worse(EXIM_PROBE_UNKNOWN, EXIM_PROBE_BROKEN, false);
        assert_worse(EXIM_PROBE_GOOD, EXIM_PROBE_REFUSED, false);
        assert_worse(EXIM_PROBE_GOOD, EXIM_PROBE_UNKNOWN, false);
}

static void test_script_speaks_of_the_domain_and_ends(void) {
        CLEANUP(freep) char *script = exim_session_script("h.test");

        g_assert_true(g_str_has_prefix(script, "EHLO selftest.invalid\r\n"));
        g_assert_nonnull(strstr(script, "\r\nRCPT TO:<root@h.test>\r\n"));
        g_assert_nonnull(strstr(script, "\r\nTo: <postmaster@h.test>\r\n"));
        g_assert_true(g_str_has_suffix(script, "\r\n.\r\nQUIT\r\n"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/probe-read/" #name, test_##name)
        ADD(session_that_accepts_all_is_good);
        ADD(refusal_is_no_failure);
        ADD(data_that_is_refused_ends_the_reading);
        ADD(temporary_problem_is_broken);
        ADD(temporary_refusal_with_words_of_its_own_is_a_refusal);
        ADD(own_words_do_not_hide_what_the_log_says);
        ADD(name_server_that_does_not_answer_leaves_its_step_open_alone);
        ADD(server_that_says_no_and_closes_has_refused_all);
        ADD(server_that_cannot_greet_is_broken);
        ADD(death_in_the_session_is_broken_from_there_on);
        ADD(death_of_a_name_server_is_unknown);
        ADD(silence_is_unknown);
        ADD(reason_is_the_line_of_the_log_that_names_the_step);
        ADD(reason_may_stand_in_the_line_before);
        ADD(reason_of_a_death_is_the_last_word);
        ADD(without_a_reason_the_answer_is_one);
        ADD(death_without_a_word_has_words);
        ADD(route_is_judged_by_exit_status);
        ADD(route_that_waits_for_a_name_server_is_unknown);
        ADD(submission_is_judged_by_what_the_acl_did);
        ADD(submission_that_has_no_spool_says_nothing);
        ADD(only_what_worked_can_become_worse);
        ADD(script_speaks_of_the_domain_and_ends);
#undef ADD

        return g_test_run();
}
