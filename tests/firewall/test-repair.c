/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <sched.h>

#include "setup.h"

#define TABLE "inet " RULESET_TABLE

/* After the edit the problem is reported; after another apply all is as it was. */
static void check_repair(const char *edit, ProblemId problem) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;
        Digest first;

        setup_init(&setup);
        setup_apply(&setup);
        first = setup.digest;
        before = world_list_stable();

        world_nft(edit);
        g_assert_true(setup_has_problem(&setup, problem));

        setup_apply(&setup);
        after = world_list_stable();
        g_assert_true(setup_has_no_problem(&setup));
        g_assert_true(digest_equal(&first, &setup.digest));
        g_assert_cmpstr(before, ==, after);
}

static void test_deleted_table_is_put_back(void) {
        check_repair("delete table " TABLE "\n", PROBLEM_FIREWALL_MISSING);
}

static void test_dormant_table_is_woken(void) {
        check_repair("add table " TABLE " { flags dormant; }\n", PROBLEM_FIREWALL_DORMANT);
}

static void test_flushed_chain_is_filled(void) {
        check_repair("flush chain " TABLE " output\n", PROBLEM_FIREWALL_CHANGED);
}

static void test_inserted_rule_is_removed(void) {
        check_repair("insert rule " TABLE " output meta skuid 1000 accept\n",
                     PROBLEM_FIREWALL_CHANGED);
}

static void test_added_element_is_removed(void) {
        check_repair("add element " TABLE " uids { 1000 }\n", PROBLEM_FIREWALL_CHANGED);
}

static void test_removed_element_is_put_back(void) {
        check_repair("delete element " TABLE " ports { 25 }\n", PROBLEM_FIREWALL_CHANGED);
}

static void test_foreign_chain_is_removed(void) {
        check_repair("add chain " TABLE " foreign { type filter hook output priority -300; }\n"
                     "add rule " TABLE " foreign tcp dport 25 drop\n",
                     PROBLEM_FIREWALL_CHANGED);
}

static void test_foreign_set_and_map_are_removed(void) {
        check_repair("add set " TABLE " friends { type ipv4_addr; flags interval; }\n"
                     "add map " TABLE " friend { type uid : verdict; }\n",
                     PROBLEM_FIREWALL_CHANGED);
}

static void test_changed_policy_of_a_chain_is_put_back(void) {
        check_repair("chain " TABLE " output { policy drop; }\n", PROBLEM_FIREWALL_CHANGED);
}

/* Another table in the place of ours, as an older version or somebody may have left it. */
static void check_shape(const char *shape) {
        CLEANUP(setup_done) Setup setup = {};
        Digest first;

        setup_init(&setup);
        setup_apply(&setup);
        first = setup.digest;

        world_nft("delete table " TABLE "\n");
        world_nft(shape);
        setup_apply(&setup);
        g_assert_true(setup_has_no_problem(&setup));
        g_assert_true(digest_equal(&first, &setup.digest));
}

static void test_empty_table_is_filled(void) {
        check_shape("add table " TABLE "\n");
}

static void test_set_of_another_type_is_replaced(void) {
        check_shape("add table " TABLE "\nadd set " TABLE " uids { type ipv4_addr; }\n");
}

static void test_set_with_timeout_is_replaced(void) {
        check_shape("add table " TABLE "\n"
                    "add set " TABLE " uids { type uid; flags timeout; timeout 5s; }\n");
}

static void test_chain_of_another_priority_is_replaced(void) {
        check_shape("add table " TABLE "\n"
                    "add chain " TABLE " output { type filter hook output priority -5; }\n");
}

static void test_chain_that_a_foreign_one_jumps_to_is_replaced(void) {
        check_shape("add table " TABLE "\nadd chain " TABLE " observe\n"
                    "add chain " TABLE " foreign { type filter hook output priority 0; }\n"
                    "add rule " TABLE " foreign jump observe\n");
}

static void test_counter_of_another_kind_is_replaced(void) {
        check_shape("add table " TABLE "\nadd quota " TABLE " rejected { 10 mbytes\n}\n"
                    "add set " TABLE " attempts { type uid; size 4; flags dynamic; }\n");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);

        g_test_add_func("/repair/deleted-table-is-put-back", test_deleted_table_is_put_back);
        g_test_add_func("/repair/dormant-table-is-woken", test_dormant_table_is_woken);
        g_test_add_func("/repair/flushed-chain-is-filled", test_flushed_chain_is_filled);
        g_test_add_func("/repair/inserted-rule-is-removed", test_inserted_rule_is_removed);
        g_test_add_func("/repair/added-element-is-removed", test_added_element_is_removed);
        g_test_add_func("/repair/removed-element-is-put-back", test_removed_element_is_put_back);
        g_test_add_func("/repair/foreign-chain-is-removed", test_foreign_chain_is_removed);
        g_test_add_func("/repair/foreign-set-and-map-are-removed",
                        test_foreign_set_and_map_are_removed);
        g_test_add_func("/repair/changed-policy-of-a-chain-is-put-back",
                        test_changed_policy_of_a_chain_is_put_back);
        g_test_add_func("/shape/empty-table-is-filled", test_empty_table_is_filled);
        g_test_add_func("/shape/set-of-another-type-is-replaced",
                        test_set_of_another_type_is_replaced);
        g_test_add_func("/shape/set-with-timeout-is-replaced", test_set_with_timeout_is_replaced);
        g_test_add_func("/shape/chain-of-another-priority-is-replaced",
                        test_chain_of_another_priority_is_replaced);
        g_test_add_func("/shape/chain-that-a-foreign-one-jumps-to-is-replaced",
                        test_chain_that_a_foreign_one_jumps_to_is_replaced);
        g_test_add_func("/shape/counter-of-another-kind-is-replaced",
                        test_counter_of_another_kind_is_replaced);
        return g_test_run();
}
