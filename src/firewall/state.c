/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "firewall/state.h"

struct nlmsghdr *state_request(
                NetlinkRequest *request, unsigned subsystem, unsigned message, uint8_t family) {
        struct nlmsghdr *header = mnl_nlmsg_put_header(request);
        struct nfgenmsg *generic;

        header->nlmsg_type = (uint16_t) (subsystem << 8 | message);
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
        generic->nfgen_family = family;
        generic->version = NFNETLINK_V0;
        return header;
}

/* One attribute of an answer, of 32 bits in network order. */
typedef struct Wanted32 {
        uint16_t type;
        uint32_t value;
} Wanted32;

static int find_32(const struct nlattr *attribute, void *userdata) {
        Wanted32 *wanted = userdata;

        if (mnl_attr_get_type(attribute) == wanted->type &&
            mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
                wanted->value = ntohl(mnl_attr_get_u32(attribute));

        return MNL_CB_OK;
}

static int read_32(const struct nlmsghdr *message, void *userdata) {
        return mnl_attr_parse(message, sizeof(struct nfgenmsg), find_32, userdata);
}

int state_read_generation(NetlinkSocket *netlink, uint32_t *ret) {
        NetlinkRequest request = {};
        Wanted32 generation = { .type = NFTA_GEN_ID };
        int r;

        assert(netlink && ret);

        state_request(&request, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, AF_UNSPEC);
        r = netlink_ask(netlink, &request, read_32, &generation);
        if (r < 0)
                return r;

        *ret = generation.value;
        return 0;
}

static int read_table(NetlinkSocket *netlink, bool *ret_present, bool *ret_dormant) {
        NetlinkRequest request = {};
        Wanted32 flags = { .type = NFTA_TABLE_FLAGS };
        struct nlmsghdr *header;
        int r;

        header = state_request(&request, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE, NFPROTO_INET);
        mnl_attr_put_strz(header, NFTA_TABLE_NAME, RULESET_TABLE);
        r = netlink_ask(netlink, &request, read_32, &flags);
        if (r < 0 && r != -ENOENT)
                return r;

        *ret_present = r == 0;
        *ret_dormant = (flags.value & NFT_TABLE_F_DORMANT) != 0;
        return 0;
}

static int find_packets(const struct nlattr *attribute, void *userdata) {
        uint64_t *packets = userdata;

        if (mnl_attr_get_type(attribute) == NFTA_COUNTER_PACKETS &&
            mnl_attr_validate(attribute, MNL_TYPE_U64) >= 0)
                *packets = be64toh(mnl_attr_get_u64(attribute));

        return MNL_CB_OK;
}

static int find_counter(const struct nlattr *attribute, void *userdata) {
        if (mnl_attr_get_type(attribute) != NFTA_OBJ_DATA)
                return MNL_CB_OK;

        return mnl_attr_parse_nested(attribute, find_packets, userdata);
}

static int read_object(const struct nlmsghdr *message, void *userdata) {
        return mnl_attr_parse(message, sizeof(struct nfgenmsg), find_counter, userdata);
}

/* A counter that is not there is 0: an older version's table, or somebody removed it. */
static int read_counter(NetlinkSocket *netlink, const char *name, uint64_t *ret) {
        NetlinkRequest request = {};
        struct nlmsghdr *header;
        uint64_t packets = 0;
        int r;

        header = state_request(&request, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETOBJ, NFPROTO_INET);
        mnl_attr_put_strz(header, NFTA_OBJ_TABLE, RULESET_TABLE);
        mnl_attr_put_strz(header, NFTA_OBJ_NAME, name);
        mnl_attr_put_u32(header, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
        r = netlink_ask(netlink, &request, read_object, &packets);
        if (r < 0 && r != -ENOENT)
                return r;

        *ret = packets;
        return 0;
}

static int read_counters(NetlinkSocket *netlink, RulesetCounters *ret) {
        const struct {
                const char *name;
                uint64_t *value;
        } counters[] = {
                { "rejected", &ret->rejected },
                { "redirected", &ret->redirected },
                { "observed", &ret->observed },
                { "cut", &ret->cut },
        };

        for (size_t i = 0; i < ELEMENTS_OF(counters); i++) {
                int r = read_counter(netlink, counters[i].name, counters[i].value);

                if (r < 0)
                        return r;
        }

        return 0;
}

int state_read(NetlinkSocket *netlink, FirewallState *ret) {
        FirewallState state = {};
        int r;

        assert(netlink && ret);

        /* first: a change that comes while the rest is read moves it and will be noticed */
        r = state_read_generation(netlink, &state.generation);
        if (r < 0)
                return r;
        r = read_table(netlink, &state.present, &state.dormant);
        if (r < 0)
                return r;
        if (state.present) {
                r = read_counters(netlink, &state.counters);
                if (r < 0)
                        return r;
        }

        *ret = state;
        return 0;
}

int state_has_element(NetlinkSocket *netlink, const ExceptionElement *element, bool *ret) {
        NetlinkRequest request = {};
        struct nlmsghdr *header;
        struct nlattr *elements, *single, *data;
        char set[QUESTION_NAME_MAX];
        uint8_t key[EXCEPTION_KEY_MAX];
        size_t size = exception_element_key(element, key);
        int r;

        question_name(&element->question, set);
        header = state_request(&request, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETSETELEM, NFPROTO_INET);
        mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_TABLE, RULESET_TABLE);
        mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET, set);
        elements = mnl_attr_nest_start(header, NFTA_SET_ELEM_LIST_ELEMENTS);
        single = mnl_attr_nest_start(header, NFTA_LIST_ELEM);
        data = mnl_attr_nest_start(header, NFTA_SET_ELEM_KEY);
        mnl_attr_put(header, NFTA_DATA_VALUE, size, key);
        mnl_attr_nest_end(header, data);
        mnl_attr_nest_end(header, single);
        mnl_attr_nest_end(header, elements);

        /* the set may have gone with its last element */
        r = netlink_ask(netlink, &request, NULL, NULL);
        if (r < 0 && r != -ENOENT)
                return r;

        *ret = r == 0;
        return 0;
}

int firewall_read_state(FirewallState *ret) {
        CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
        int r;

        r = netlink_open(NETLINK_NETFILTER, &netlink);
        if (r < 0)
                return r;

        return state_read(netlink, ret);
}

typedef struct Conntrack {
        Wanted32 count;
        Wanted32 max;
} Conntrack;

static int find_conntrack(const struct nlattr *attribute, void *userdata) {
        Conntrack *conntrack = userdata;

        (void) find_32(attribute, &conntrack->count);
        return find_32(attribute, &conntrack->max);
}

static int read_conntrack(const struct nlmsghdr *message, void *userdata) {
        return mnl_attr_parse(message, sizeof(struct nfgenmsg), find_conntrack, userdata);
}

/* Over netlink, because the service's sandbox has no /proc/sys. */
int firewall_read_conntrack(uint64_t *ret_count, uint64_t *ret_max) {
        CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
        NetlinkRequest request = {};
        Conntrack conntrack = {
                .count = { .type = CTA_STATS_GLOBAL_ENTRIES },
                .max = { .type = CTA_STATS_GLOBAL_MAX_ENTRIES },
        };
        int r;

        assert(ret_count && ret_max);

        r = netlink_open(NETLINK_NETFILTER, &netlink);
        if (r < 0)
                return r;

        state_request(&request, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET_STATS, AF_UNSPEC);
        r = netlink_ask(netlink, &request, read_conntrack, &conntrack);
        /* -EINVAL: the kernel has no such subsystem and found no module for it */
        if (r < 0 && r != -EINVAL && r != -EOPNOTSUPP)
                return r;

        *ret_count = conntrack.count.value;
        *ret_max = conntrack.max.value;
        return 0;
}
