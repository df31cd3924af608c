/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "core/forwarding.h"

static const LinkEntry docker = {
        .index = 3, .name = "docker0", .kind = "bridge", .running = true, .forwards = true
};

static void enabled_policy(Policy *policy) {
        policy_init(policy);
        policy->enabled = true;
}

/* The text of the one problem; NULL: none. */
static char *find(const Policy *policy, const LinkEntry *links, size_t count) {
        CLEANUP(problems_done) Problems problems = {};
        LinkList list = { .items = g_memdup2(links, count * sizeof(*links)), .count = count };

        g_assert_cmpint(forwarding_find_problem(policy, &list, &problems), ==, 0);
        g_free(list.items);
        g_assert_cmpuint(problems.count, <=, 1);
        return problems.count > 0 ? g_strdup(problems.items[0].text) : NULL;
}

static bool is_found(const Policy *policy, LinkEntry link) {
        g_autofree char *text = find(policy, &link, 1);

        return text != NULL;
}

static void test_a_bridge_that_forwards_is_named(void) {
        CLEANUP(policy_done) Policy policy;
        g_autofree char *text = NULL;

        enabled_policy(&policy);
        text = find(&policy, &docker, 1);
        g_assert_nonnull(text);
        g_assert_nonnull(strstr(text, " docker0 "));
}

static void test_what_does_not_forward_is_no_problem(void) {
        CLEANUP(policy_done) Policy policy;
        LinkEntry link = docker;

        enabled_policy(&policy);
        link.forwards = false;
        g_assert_false(is_found(&policy, link));
        link = docker;
        link.running = false;
        g_assert_false(is_found(&policy, link));
        link = docker;
        link.enslaved = true;
        g_assert_false(is_found(&policy, link));
        link = docker;
        (void) strcpy(link.kind, "");
        g_assert_false(is_found(&policy, link));
}

static void test_of_veths_those_of_containers_count(void) {
        CLEANUP(policy_done) Policy policy;
        LinkEntry link = docker;

        enabled_policy(&policy);
        (void) strcpy(link.kind, "veth");
        (void) strcpy(link.name, "ve-guest");
        g_assert_true(is_found(&policy, link));
        (void) strcpy(link.name, "eth0");
        g_assert_false(is_found(&policy, link));
}

static void test_what_the_policy_says_is_no_problem(void) {
        CLEANUP(policy_done) Policy policy;

        enabled_policy(&policy);
        policy.forwarded = FORWARDED_OBSERVE;
        g_assert_false(is_found(&policy, docker));

        policy.forwarded = FORWARDED_ALLOW;
        g_assert_cmpint(string_list_append(&policy.forwarded_interfaces, "docker0"), ==, 0);
        g_assert_false(is_found(&policy, docker));
}

static void test_while_not_enabled_nothing_is_unrestricted(void) {
        CLEANUP(policy_done) Policy policy;

        policy_init(&policy);
        g_assert_false(is_found(&policy, docker));
}

static void test_many_are_cut(void) {
        CLEANUP(policy_done) Policy policy;
        LinkEntry links[8];
        g_autofree char *text = NULL;

        enabled_policy(&policy);
        for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
                links[i] = docker;
                (void) g_snprintf(links[i].name, sizeof(links[i].name), "br%zu", i);
        }
        text = find(&policy, links, G_N_ELEMENTS(links));
        g_assert_nonnull(strstr(text, "br0, br1, br2, br3, br4 and 3 more "));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/forwarding/a-bridge-that-forwards-is-named",
                        test_a_bridge_that_forwards_is_named);
        g_test_add_func("/forwarding/what-does-not-forward-is-no-problem",
                        test_what_does_not_forward_is_no_problem);
        g_test_add_func("/forwarding/of-veths-those-of-containers-count",
                        test_of_veths_those_of_containers_count);
        g_test_add_func("/forwarding/what-the-policy-says-is-no-problem",
                        test_what_the_policy_says_is_no_problem);
        g_test_add_func("/forwarding/while-not-enabled-nothing-is-unrestricted",
                        test_while_not_enabled_nothing_is_unrestricted);
        g_test_add_func("/forwarding/many-are-cut", test_many_are_cut);
        return g_test_run();
}
