/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Rules as iptables-nft puts them into the kernel: its matches, in messages made by hand. */

#include <glib.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "firewall/owner-rules.h"
#include "util/netlink.h"

typedef struct Rule {
        NetlinkRequest message;
        struct nlmsghdr *header;
        struct nlattr *expressions;
} Rule;

static void begin(Rule *rule, const char *table) {
        struct nfgenmsg *generic;

        *rule = (Rule){};
        rule->header = mnl_nlmsg_put_header(&rule->message);
        rule->header->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
        generic = mnl_nlmsg_put_extra_header(rule->header, sizeof(*generic));
        generic->nfgen_family = NFPROTO_IPV6;
        mnl_attr_put_strz(rule->header, NFTA_RULE_TABLE, table);
        mnl_attr_put_strz(rule->header, NFTA_RULE_CHAIN, "OUTPUT");
        rule->expressions = mnl_attr_nest_start(rule->header, NFTA_RULE_EXPRESSIONS);
}

static void add_match(Rule *rule, const char *name, const void *info, size_t size) {
        struct nlattr *element = mnl_attr_nest_start(rule->header, NFTA_LIST_ELEM);
        struct nlattr *data;

        mnl_attr_put_strz(rule->header, NFTA_EXPR_NAME, "match");
        data = mnl_attr_nest_start(rule->header, NFTA_EXPR_DATA);
        mnl_attr_put_strz(rule->header, NFTA_MATCH_NAME, name);
        mnl_attr_put(rule->header, NFTA_MATCH_INFO, size, info);
        mnl_attr_nest_end(rule->header, data);
        mnl_attr_nest_end(rule->header, element);
}

static bool is_one(Rule *rule, OwnerRule *ret) {
        mnl_attr_nest_end(rule->header, rule->expressions);
        return owner_rule_decode(rule->header, ret);
}

static const struct xt_owner_match_info owner = { .uid_min = 1000, .uid_max = 1000 };
static const struct xt_multiport_v1 multiport = { .flags = XT_MULTIPORT_DESTINATION,
                                                  .count = 3,
                                                  .ports = { 80, 443, 465 } };

static void test_several_ports_and_an_owner(void) {
        OwnerRule found = {};
        Rule rule;

        begin(&rule, "filter");
        add_match(&rule, "multiport", &multiport, sizeof(multiport));
        add_match(&rule, "owner", &owner, sizeof(owner));
        g_assert_true(is_one(&rule, &found));
        g_assert_cmpstr(found.family, ==, "ip6");
        g_assert_cmpstr(found.chain, ==, "OUTPUT");
}

static bool is_one_with_ports(uint16_t first, uint16_t last) {
        const struct xt_tcp tcp = { .spts = { 0, UINT16_MAX }, .dpts = { first, last } };
        OwnerRule found = {};
        Rule rule;

        begin(&rule, "filter");
        add_match(&rule, "tcp", &tcp, sizeof(tcp));
        add_match(&rule, "owner", &owner, sizeof(owner));
        return is_one(&rule, &found);
}

static void test_a_range_of_ports_and_an_owner(void) {
        g_assert_true(is_one_with_ports(25, 25));
        g_assert_true(is_one_with_ports(1, 1023));
        g_assert_false(is_one_with_ports(26, 464));
        g_assert_false(is_one_with_ports(0, UINT16_MAX));
}

static void test_without_an_owner_it_is_none(void) {
        OwnerRule found = {};
        Rule rule;

        begin(&rule, "filter");
        add_match(&rule, "multiport", &multiport, sizeof(multiport));
        g_assert_false(is_one(&rule, &found));
}

static void test_a_match_that_is_too_short_is_none(void) {
        OwnerRule found = {};
        Rule rule;

        begin(&rule, "filter");
        add_match(&rule, "multiport", &multiport, sizeof(multiport) - 1);
        add_match(&rule, "owner", &owner, sizeof(owner));
        g_assert_false(is_one(&rule, &found));
}

static void test_a_long_name_is_cut(void) {
        g_autofree char *name = g_strnfill(200, 't');
        OwnerRule found = {};
        Rule rule;

        begin(&rule, name);
        add_match(&rule, "multiport", &multiport, sizeof(multiport));
        add_match(&rule, "owner", &owner, sizeof(owner));
        g_assert_true(is_one(&rule, &found));
        g_assert_cmpuint(strlen(found.table), ==, OWNER_RULE_NAME_SIZE - 1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/owner-rules/several-ports-and-an-owner", test_several_ports_and_an_owner);
        g_test_add_func("/owner-rules/a-range-of-ports-and-an-owner",
                        test_a_range_of_ports_and_an_owner);
        g_test_add_func("/owner-rules/without-an-owner-it-is-none",
                        test_without_an_owner_it_is_none);
        g_test_add_func("/owner-rules/a-match-that-is-too-short-is-none",
                        test_a_match_that_is_too_short_is_none);
        g_test_add_func("/owner-rules/a-long-name-is-cut", test_a_long_name_is_cut);
        return g_test_run();
}
