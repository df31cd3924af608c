/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Rules of others by owner, as the kernel lists them. What iptables-nft makes of its matches is in
 * the unit test: it is not everywhere where this runs. */

#include <glib.h>
#include <sched.h>

#include "firewall/owner-rules.h"
#include "setup.h"

static OwnerRule find(const char *rules) {
        OwnerRule rule = {};

        world_nft("flush ruleset\n");
        world_nft(rules);
        g_assert_cmpint(owner_rules_find(&rule), ==, 0);
        return rule;
}

#define CHAIN "add table ip filter\nadd chain ip filter SMTPOUTPUT\n"
#define RULE  "add rule ip filter SMTPOUTPUT "

static void test_a_rule_by_owner_is_found_with_its_place(void) {
        OwnerRule rule = find(CHAIN RULE "accept\n" RULE "tcp dport 587 meta skuid 1000 accept\n");

        g_assert_true(rule.found);
        g_assert_cmpstr(rule.family, ==, "ip");
        g_assert_cmpstr(rule.table, ==, "filter");
        g_assert_cmpstr(rule.chain, ==, "SMTPOUTPUT");
        g_assert_true(find(CHAIN RULE "meta skgid != 8 tcp dport 25 drop\n").found);
        g_assert_true(find("add table inet a\nadd chain inet a b\n"
                           "add rule inet a b tcp dport 465 meta skuid 0 accept\n")
                                      .found);
}

static void test_other_rules_are_not(void) {
        g_assert_false(find(CHAIN RULE "tcp dport 25 drop\n").found);
        g_assert_false(find(CHAIN RULE "tcp dport 2525 meta skuid 1000 drop\n").found);
        g_assert_false(find(CHAIN RULE "meta skuid 25 drop\n").found);
        g_assert_false(find(CHAIN RULE "tcp dport 25 drop\n" RULE "meta skuid 5 drop\n").found);
        g_assert_false(find("add table ip nothing\n").found);
}

static void test_ours_are_not(void) {
        CLEANUP(setup_done) Setup setup = {};
        OwnerRule rule = {};

        world_nft("flush ruleset\n");
        setup_init(&setup);
        setup_apply(&setup);
        world_nft("add rule inet " RULESET_TABLE " output tcp dport 25 meta skuid 7 accept\n");
        g_assert_cmpint(owner_rules_find(&rule), ==, 0);
        g_assert_false(rule.found);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);

        g_test_add_func("/owner-rules/a-rule-by-owner-is-found-with-its-place",
                        test_a_rule_by_owner_is_found_with_its_place);
        g_test_add_func("/owner-rules/other-rules-are-not", test_other_rules_are_not);
        g_test_add_func("/owner-rules/ours-are-not", test_ours_are_not);
        return g_test_run();
}
