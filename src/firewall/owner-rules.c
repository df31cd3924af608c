/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "firewall/owner-rules.h"
#include "firewall/ruleset.h"
#include "firewall/state.h"
#include "util/text.h"

#define READS_MAX 5 /* until no batch of anybody's comes between */

static const uint16_t smtp_ports[] = { 25, 465, 587 };

/* One expression of a rule, taken apart. */
typedef struct Expression {
        const char *name;  /* "meta", "cmp", "match", ... */
        const char *match; /* of iptables: "owner", "tcp", "multiport" */
        const void *info;  /* what that compares with */
        size_t info_size;
        uint32_t key; /* of meta */
        const void *data;
        size_t data_size;
} Expression;

/* What is known of a rule. */
typedef struct Reading {
        const char *table;
        const char *chain;
        bool by_owner;
        bool of_smtp;
} Reading;

static const char *read_name(const struct nlattr *attribute) {
        return mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0 ? mnl_attr_get_str(attribute)
                                                                      : NULL;
}

static int find_value(const struct nlattr *attribute, void *userdata) {
        Expression *expression = userdata;

        if (mnl_attr_get_type(attribute) == NFTA_DATA_VALUE) {
                expression->data = mnl_attr_get_payload(attribute);
                expression->data_size = mnl_attr_get_payload_len(attribute);
        }

        return MNL_CB_OK;
}

static int read_meta(const struct nlattr *attribute, void *userdata) {
        Expression *expression = userdata;

        if (mnl_attr_get_type(attribute) == NFTA_META_KEY &&
            mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
                expression->key = ntohl(mnl_attr_get_u32(attribute));

        return MNL_CB_OK;
}

static int read_comparison(const struct nlattr *attribute, void *userdata) {
        if (mnl_attr_get_type(attribute) != NFTA_CMP_DATA)
                return MNL_CB_OK;

        return mnl_attr_parse_nested(attribute, find_value, userdata);
}

static int read_match(const struct nlattr *attribute, void *userdata) {
        Expression *expression = userdata;

        if (mnl_attr_get_type(attribute) == NFTA_MATCH_NAME)
                expression->match = read_name(attribute);
        if (mnl_attr_get_type(attribute) == NFTA_MATCH_INFO) {
                expression->info = mnl_attr_get_payload(attribute);
                expression->info_size = mnl_attr_get_payload_len(attribute);
        }

        return MNL_CB_OK;
}

static bool is_smtp(uint16_t port) {
        for (size_t i = 0; i < ELEMENTS_OF(smtp_ports); i++)
                if (smtp_ports[i] == port)
                        return true;

        return false;
}

/* Of a range that is not all there are. */
static bool tcp_match_is_of_smtp(const Expression *expression) {
        struct xt_tcp tcp;

        if (expression->info_size < sizeof(tcp))
                return false;

        (void) memcpy(&tcp, expression->info, sizeof(tcp));
        if (tcp.dpts[0] == 0 && tcp.dpts[1] == UINT16_MAX)
                return false;
        for (size_t i = 0; i < ELEMENTS_OF(smtp_ports); i++)
                if (tcp.dpts[0] <= smtp_ports[i] && smtp_ports[i] <= tcp.dpts[1])
                        return true;

        return false;
}

static bool multiport_is_of_smtp(const Expression *expression) {
        struct xt_multiport_v1 ports;

        if (expression->info_size < sizeof(ports))
                return false;

        (void) memcpy(&ports, expression->info, sizeof(ports));
        for (size_t i = 0; i < MIN_OF((size_t) ports.count, (size_t) XT_MULTI_PORTS); i++)
                if (is_smtp(ports.ports[i]))
                        return true;

        return false;
}

/* Any comparison of two bytes with such a number: what else is 25 in one rule with an owner? */
static bool comparison_is_of_smtp(const Expression *expression) {
        uint16_t value;

        if (expression->data_size != sizeof(value))
                return false;

        (void) memcpy(&value, expression->data, sizeof(value));
        return is_smtp(ntohs(value));
}

static void judge(const Expression *expression, Reading *reading) {
        if (string_equal(expression->name, "meta"))
                reading->by_owner = reading->by_owner || expression->key == NFT_META_SKUID ||
                                    expression->key == NFT_META_SKGID;
        else if (string_equal(expression->name, "cmp"))
                reading->of_smtp = reading->of_smtp || comparison_is_of_smtp(expression);
        else if (string_equal(expression->match, "owner"))
                reading->by_owner = true;
        else if (string_equal(expression->match, "tcp"))
                reading->of_smtp = reading->of_smtp || tcp_match_is_of_smtp(expression);
        else if (string_equal(expression->match, "multiport"))
                reading->of_smtp = reading->of_smtp || multiport_is_of_smtp(expression);
}

/* Its name comes before its contents. */
static int read_part(const struct nlattr *attribute, void *userdata) {
        Expression *expression = userdata;

        if (mnl_attr_get_type(attribute) == NFTA_EXPR_NAME)
                expression->name = read_name(attribute);
        if (mnl_attr_get_type(attribute) != NFTA_EXPR_DATA)
                return MNL_CB_OK;
        if (string_equal(expression->name, "meta"))
                return mnl_attr_parse_nested(attribute, read_meta, expression);
        if (string_equal(expression->name, "cmp"))
                return mnl_attr_parse_nested(attribute, read_comparison, expression);
        if (string_equal(expression->name, "match"))
                return mnl_attr_parse_nested(attribute, read_match, expression);

        return MNL_CB_OK;
}

static int read_expression(const struct nlattr *attribute, void *userdata) {
        Expression expression = { .key = UINT32_MAX };

        if (mnl_attr_parse_nested(attribute, read_part, &expression) < 0)
                return MNL_CB_ERROR;

        judge(&expression, userdata);
        return MNL_CB_OK;
}

static int read_rule(const struct nlattr *attribute, void *userdata) {
        Reading *reading = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case NFTA_RULE_TABLE:
                reading->table = read_name(attribute);
                return MNL_CB_OK;
        case NFTA_RULE_CHAIN:
                reading->chain = read_name(attribute);
                return MNL_CB_OK;
        case NFTA_RULE_EXPRESSIONS:
                return mnl_attr_parse_nested(attribute, read_expression, reading);
        default:
                return MNL_CB_OK;
        }
}

static const char *family_name(uint8_t family) {
        switch (family) {
        case NFPROTO_IPV4:
                return "ip";
        case NFPROTO_IPV6:
                return "ip6";
        case NFPROTO_INET:
                return "inet";
        default:
                return "";
        }
}

static void copy_name(const char *from, char to[static OWNER_RULE_NAME_SIZE]) {
        (void) snprintf(to, OWNER_RULE_NAME_SIZE, "%s", from ?: "");
}

bool owner_rule_decode(const struct nlmsghdr *message, OwnerRule *ret) {
        const struct nfgenmsg *generic;
        Reading reading = {};

        if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE) ||
            mnl_nlmsg_get_payload_len(message) < sizeof(*generic) ||
            mnl_attr_parse(message, sizeof(*generic), read_rule, &reading) < 0 ||
            !reading.by_owner || !reading.of_smtp)
                return false;

        generic = mnl_nlmsg_get_payload(message);
        if (generic->nfgen_family == NFPROTO_INET && string_equal(reading.table, RULESET_TABLE))
                return false;

        *ret = (OwnerRule){ .found = true, .family = family_name(generic->nfgen_family) };
        copy_name(reading.table, ret->table);
        copy_name(reading.chain, ret->chain);
        return true;
}

static int look(const struct nlmsghdr *message, void *userdata) {
        OwnerRule *rule = userdata;

        if (!rule->found)
                (void) owner_rule_decode(message, rule);

        return MNL_CB_OK;
}

int owner_rules_find(OwnerRule *ret) {
        int r = -EINTR;

        assert(ret);

        for (unsigned i = 0; i < READS_MAX && r == -EINTR; i++) {
                CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
                NetlinkRequest request = {};
                struct nlmsghdr *header;

                /* a socket of its own: a dump that was given up would go on answering */
                r = netlink_open(NETLINK_NETFILTER, &netlink);
                if (r < 0)
                        return r;
                header = state_request(&request, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, AF_UNSPEC);
                header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
                *ret = (OwnerRule){};
                r = netlink_ask(netlink, &request, look, ret);
        }

        return r;
}
