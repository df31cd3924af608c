/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "exim/effective.h"

#define OUTPUT(max, reserve, queue)                                                                \
        "smtp_accept_max = " max "\nsmtp_accept_reserve = " reserve "\nsmtp_accept_queue = " queue \
        "\n"

static const MailLimits max_is_ours = { .set = { [MAIL_LIMIT_SMTP_ACCEPT_MAX] = true } };
static const MailLimits reserve_is_ours = { .set = { [MAIL_LIMIT_SMTP_ACCEPT_RESERVE] = true } };
static const MailLimits queue_is_ours = { .set = { [MAIL_LIMIT_SMTP_ACCEPT_QUEUE] = true } };
static const MailLimits per_host_is_ours = {
        .set = { [MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST] = true },
};

static void assert_refused(const MailLimits *limits, const char *output, const char *text) {
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(exim_effective_check(limits, output, &failure), ==, -EINVAL);
        g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
        g_assert_cmpstr(failure.text, ==, text);
}

static void test_reserve_below_the_limit_passes(void) {
        g_assert_cmpint(exim_effective_check(&reserve_is_ours, OUTPUT("20", "19", "0"), NULL),
                        ==,
                        0);
        g_assert_cmpint(exim_effective_check(&max_is_ours, OUTPUT("1K", "1023", "0"), NULL), ==, 0);
}

static void test_reserve_that_leaves_nothing_is_refused_with_both_names(void) {
        assert_refused(&reserve_is_ours,
                       OUTPUT("20", "20", "0"),
                       "SmtpAcceptReserve: 20 is not below smtp_accept_max, which is 20 in Exim's "
                       "own configuration: Exim would refuse every connection");
        assert_refused(&max_is_ours,
                       OUTPUT("3", "5", "0"),
                       "SmtpAcceptMax: 3 is not above smtp_accept_reserve, which is 5 in Exim's "
                       "own configuration: Exim would refuse every connection");
}

static void test_queue_that_is_never_reached_is_refused(void) {
        assert_refused(&queue_is_ours,
                       OUTPUT("20", "0", "20"),
                       "SmtpAcceptQueue: 20 is not below smtp_accept_max, which is 20 in Exim's "
                       "own configuration: it would never be reached");
        g_assert_cmpint(exim_effective_check(&queue_is_ours, OUTPUT("20", "0", "19"), NULL), ==, 0);
        g_assert_cmpint(exim_effective_check(&max_is_ours, OUTPUT("20", "0", "20"), NULL), ==, 0);
}

static void test_without_a_limit_everything_is_below_it(void) {
        g_assert_cmpint(exim_effective_check(&reserve_is_ours, OUTPUT("0", "5", "5"), NULL), ==, 0);
        g_assert_cmpint(exim_effective_check(&reserve_is_ours, OUTPUT("-1", "5", "5"), NULL),
                        ==,
                        0);
}

static void test_trap_without_a_limit_of_ours_is_not_our_affair(void) {
        g_assert_cmpint(exim_effective_check(&per_host_is_ours, OUTPUT("3", "5", "5"), NULL),
                        ==,
                        0);
}

static void assert_explained(const MailLimits *limits, const char *text) {
        static const char words[] = "Exim says: Exim configuration error: smtp_accept_max must be "
                                    "set if smtp_accept_queue or smtp_accept_max_per_host is set";
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(exim_effective_explain(limits, words, &failure), ==, -EINVAL);
        g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
        g_assert_true(g_str_has_prefix(failure.text, text));
}

static void test_exims_refusal_of_no_limit_names_our_key(void) {
        assert_explained(&max_is_ours, "SmtpAcceptMax: 0 (no limit) is not possible while");
        assert_explained(&per_host_is_ours, "SmtpAcceptMaxPerHost: is not possible while");
        assert_explained(&queue_is_ours, "SmtpAcceptQueue: is not possible while");
}

static void test_other_words_are_exims_own(void) {
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(exim_effective_explain(&max_is_ours, "something else", &failure), ==, 0);
        g_assert_null(failure.text);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/effective/" #name, test_##name)
        ADD(reserve_below_the_limit_passes);
        ADD(reserve_that_leaves_nothing_is_refused_with_both_names);
        ADD(queue_that_is_never_reached_is_refused);
        ADD(without_a_limit_everything_is_below_it);
        ADD(trap_without_a_limit_of_ours_is_not_our_affair);
        ADD(exims_refusal_of_no_limit_names_our_key);
        ADD(other_words_are_exims_own);
#undef ADD

        return g_test_run();
}
