/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <unistd.h>

#include "setup.h"

#define TABLE "inet " RULESET_TABLE

static uint32_t generation(void) {
        FirewallState state = {};

        g_assert_cmpint(firewall_read_state(&state), ==, 0);
        return state.generation;
}

static void test_over_nothing_gives_what_verify_expects(void) {
        CLEANUP(setup_done) Setup setup = {};
        FirewallState state = {};

        setup_init(&setup);
        setup_apply(&setup);

        g_assert_true(setup_has_no_problem(&setup));
        g_assert_cmpint(firewall_read_state(&state), ==, 0);
        g_assert_true(state.present);
        g_assert_false(state.dormant);
        g_assert_cmpuint(state.generation, ==, setup.generation);
}

static void test_over_itself_changes_nothing_that_shows(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;
        Digest first;

        setup_init(&setup);
        setup_apply(&setup);
        first = setup.digest;
        before = world_list_stable();
        /* as the next start of the service does, which does not know what is there */
        setup.firewall = firewall_free(setup.firewall);
        g_assert_cmpint(firewall_new(&setup.firewall), ==, 0);
        setup_apply(&setup);
        after = world_list_stable();

        g_assert_true(digest_equal(&first, &setup.digest));
        g_assert_cmpstr(before, ==, after);
}

static void test_over_itself_sends_nothing(void) {
        CLEANUP(setup_done) Setup setup = {};
        uint32_t first;

        setup_init(&setup);
        setup_apply(&setup);
        first = setup.generation;
        setup_apply(&setup);

        g_assert_cmpuint(setup.generation, ==, first);
        g_assert_cmpuint(generation(), ==, first);
}

static void test_what_somebody_took_out_meanwhile_comes_back(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);
        world_nft("flush chain " TABLE " output\n");
        setup_apply(&setup);

        g_assert_true(setup_has_no_problem(&setup));
}

static void test_another_user_is_sent(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *list = NULL;

        setup_init(&setup);
        setup_apply(&setup);
        setup_allow(&setup, 4711);
        setup_apply(&setup);
        list = world_list_stable();

        g_assert_nonnull(strstr(list, "4711"));
}

/* "table ... { # handle N": another one is a new table. */
static char *table_line(void) {
        g_autofree char *list = world_list();

        g_assert_nonnull(strstr(list, "# handle"));
        return g_strndup(list, strcspn(list, "\n"));
}

static void test_over_itself_keeps_the_table(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;

        setup_init(&setup);
        setup_apply(&setup);
        before = table_line();
        setup_reject_all(&setup);
        setup_apply(&setup);
        after = table_line();

        g_assert_cmpstr(before, ==, after);
}

static void test_each_mode_becomes_each_other(void) {
        enum { DEFAULT, REJECT, REJECT_CUT, OBSERVE, MODES };
        Digest digests[MODES] = {};

        for (unsigned from = 0; from < MODES; from++) {
                for (unsigned to = 0; to < MODES; to++) {
                        CLEANUP(setup_done) Setup setup = {};
                        const unsigned steps[] = { from, to };

                        setup_init(&setup);
                        for (size_t i = 0; i < ELEMENTS_OF(steps); i++) {
                                setup.facts.verdicts = port_verdicts_default;
                                if (steps[i] == REJECT || steps[i] == REJECT_CUT)
                                        setup_reject_all(&setup);
                                setup.policy.observe = steps[i] == OBSERVE;
                                setup.policy.cut_existing = steps[i] == REJECT_CUT ? TRISTATE_TRUE
                                                                                   : TRISTATE_UNSET;
                                setup_apply(&setup);
                        }
                        g_assert_true(setup_has_no_problem(&setup));
                        if (from == 0)
                                digests[to] = setup.digest;
                        g_assert_true(digest_equal(&setup.digest, &digests[to]));
                }
        }
}

static void test_counters_and_attempts_live_through_a_new_table(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *list = NULL;
        RulesetCounters counters;

        setup_init(&setup);
        world_nft("add table " TABLE "\n"
                  "add set " TABLE " attempts { type uid; size 65535; flags dynamic,timeout; "
                  "timeout 1d; counter; }\n"
                  "add element " TABLE " attempts { 1234 counter packets 56 bytes 78 timeout 1d "
                  "expires 5h\n}\n"
                  "add counter " TABLE " rejected { packets 11 bytes 5\n}\n"
                  "add counter " TABLE " cut { packets 44 bytes 5\n}\n"
                  "add chain " TABLE " foreign\n");
        setup_apply(&setup);

        counters = setup_counters();
        g_assert_cmpuint(counters.rejected, ==, 11);
        g_assert_cmpuint(counters.cut, ==, 44);
        g_assert_cmpuint(counters.redirected, ==, 0);
        list = world_list();
        g_assert_null(strstr(list, "foreign"));
        g_assert_nonnull(strstr(list, "1234 counter packets 56 bytes 0 expires 4h59m"));
}

static void test_disabling_removes_the_table_alone(void) {
        CLEANUP(setup_done) Setup setup = {};
        FirewallState state = {};

        setup_init(&setup);
        world_nft("add table inet other\n");
        setup_apply(&setup);
        setup.policy.enabled = false;
        g_assert_true(setup_has_problem(&setup, PROBLEM_FIREWALL_CHANGED));
        setup_apply(&setup);

        g_assert_cmpint(firewall_read_state(&state), ==, 0);
        g_assert_false(state.present);
        g_assert_cmpstr(setup.digest.hex, ==, "");
        g_assert_true(setup_has_no_problem(&setup));
        world_nft("delete table inet other\n"); /* asserts that it is there */
}

static void test_disabling_what_is_not_there_does_nothing(void) {
        CLEANUP(setup_done) Setup setup = {};
        uint32_t before;

        setup_init(&setup);
        setup.policy.enabled = false;
        before = generation();
        setup_apply(&setup);
        g_assert_cmpuint(generation(), ==, before);
}

static void test_check_changes_nothing(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(failure_done) Failure failure = {};
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;
        uint32_t generation_before;

        setup_init(&setup);
        setup_apply(&setup);
        before = world_list();
        generation_before = generation();
        setup_reject_all(&setup);
        setup_allow(&setup, 4711);
        g_assert_cmpint(firewall_check(setup.firewall, &setup.policy, &setup.facts, &failure),
                        ==,
                        0);
        after = world_list();

        g_assert_cmpstr(before, ==, after);
        g_assert_cmpuint(generation(), ==, generation_before);
}

/* A table that belongs to another program's socket can be changed by nobody else. */
static void test_failing_batch_changes_nothing_and_tells_why(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(failure_done) Failure failure_apply = {};
        CLEANUP(failure_done) Failure failure_check = {};
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;
        struct nft_ctx *owner = nft_ctx_new(NFT_CTX_DEFAULT);
        Digest digest = { "unchanged" };
        uint32_t ignored;

        setup_init(&setup);
        g_assert_cmpint(nft_run_cmd_from_buffer(
                                        owner,
                                        "add table " TABLE " { flags owner; }\n"
                                        "add set " TABLE " uids { type uid; }\n"),
                        ==,
                        0);
        before = world_list();
        g_assert_cmpint(firewall_check(setup.firewall, &setup.policy, &setup.facts, &failure_check),
                        ==,
                        -EPERM);
        g_assert_cmpint(firewall_apply(setup.firewall,
                                       &setup.policy,
                                       &setup.facts,
                                       &digest,
                                       &ignored,
                                       &failure_apply),
                        ==,
                        -EPERM);
        after = world_list();
        nft_ctx_free(owner);

        g_assert_cmpstr(before, ==, after);
        g_assert_cmpstr(digest.hex, ==, "unchanged");
        g_assert_cmpint(failure_apply.code, ==, FAILURE_FIREWALL_FAILED);
        g_assert_cmpstr(failure_apply.text,
                        ==,
                        "nftables: apply: Could not process rule: Operation not permitted");
        g_assert_cmpstr(failure_check.text,
                        ==,
                        "nftables: check: Could not process rule: Operation not permitted");
}

/* Lists made while the kernel resizes the set's hash table are wrong; verify must not be. */
static void test_many_users_are_verified_right_after_apply(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        for (uint32_t i = 0; i < 50000; i++)
                g_assert_cmpint(allowed_ids_append(
                                                &setup.facts.uids,
                                                1000 + i * 7,
                                                BECAUSE_ALLOWED_USER,
                                                "user",
                                                NULL),
                                ==,
                                0);
        for (unsigned i = 0; i < 3; i++) {
                setup_apply(&setup);
                g_assert_true(setup_has_no_problem(&setup));
        }

        world_nft("delete element " TABLE " uids { 8000 }\n");
        g_assert_true(setup_has_problem(&setup, PROBLEM_FIREWALL_CHANGED));
}

static void test_another_tables_change_moves_the_generation_alone(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);
        world_nft("add table inet other\ndelete table inet other\n");

        g_assert_cmpuint(generation(), !=, setup.generation);
        g_assert_true(setup_has_no_problem(&setup));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);

        g_test_add_func("/apply/over-nothing-gives-what-verify-expects",
                        test_over_nothing_gives_what_verify_expects);
        g_test_add_func("/apply/over-itself-changes-nothing-that-shows",
                        test_over_itself_changes_nothing_that_shows);
        g_test_add_func("/apply/over-itself-sends-nothing", test_over_itself_sends_nothing);
        g_test_add_func("/apply/what-somebody-took-out-comes-back",
                        test_what_somebody_took_out_meanwhile_comes_back);
        g_test_add_func("/apply/another-user-is-sent", test_another_user_is_sent);
        g_test_add_func("/apply/over-itself-keeps-the-table", test_over_itself_keeps_the_table);
        g_test_add_func("/apply/each-mode-becomes-each-other", test_each_mode_becomes_each_other);
        g_test_add_func("/apply/counters-and-attempts-live-through-a-new-table",
                        test_counters_and_attempts_live_through_a_new_table);
        g_test_add_func("/disable/removes-the-table-alone", test_disabling_removes_the_table_alone);
        g_test_add_func("/disable/what-is-not-there-does-nothing",
                        test_disabling_what_is_not_there_does_nothing);
        g_test_add_func("/check/changes-nothing", test_check_changes_nothing);
        g_test_add_func("/apply/failing-batch-changes-nothing-and-tells-why",
                        test_failing_batch_changes_nothing_and_tells_why);
        g_test_add_func("/verify/many-users-right-after-apply",
                        test_many_users_are_verified_right_after_apply);
        g_test_add_func("/verify/another-tables-change-moves-the-generation-alone",
                        test_another_tables_change_moves_the_generation_alone);
        return g_test_run();
}
