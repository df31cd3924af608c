/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "firewall/counts.h"
#include "firewall/handle.h"
#include "firewall/state.h"

#define READS_MAX 5 /* until no batch of anybody's comes between */

/* The parts of a key are padded to 32 bits each. */
#define KEY_SIZE_USER 4
#define KEY_SIZE_V4   (4 + 4 + 4)
#define KEY_SIZE_V6   (4 + 16 + 4)

#define KEY_SIZE_INTERFACE 16

/* One element as it is taken apart. */
typedef struct Element {
        const uint8_t *key;
        size_t key_size;
        uint64_t expires_msec;
        bool counted;
        uint64_t packets;
} Element;

static int find_key(const struct nlattr *attribute, void *userdata) {
        Element *element = userdata;

        if (mnl_attr_get_type(attribute) == NFTA_DATA_VALUE) {
                element->key = mnl_attr_get_payload(attribute);
                element->key_size = mnl_attr_get_payload_len(attribute);
        }

        return MNL_CB_OK;
}

static int find_packets(const struct nlattr *attribute, void *userdata) {
        Element *element = userdata;

        if (mnl_attr_get_type(attribute) == NFTA_COUNTER_PACKETS &&
            mnl_attr_validate(attribute, MNL_TYPE_U64) >= 0) {
                element->packets = be64toh(mnl_attr_get_u64(attribute));
                element->counted = true;
        }

        return MNL_CB_OK;
}

/* That of sets of ours is a counter. */
static int find_counter(const struct nlattr *attribute, void *userdata) {
        if (mnl_attr_get_type(attribute) != NFTA_EXPR_DATA)
                return MNL_CB_OK;

        return mnl_attr_parse_nested(attribute, find_packets, userdata);
}

static int find_part(const struct nlattr *attribute, void *userdata) {
        Element *element = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case NFTA_SET_ELEM_KEY:
                return mnl_attr_parse_nested(attribute, find_key, element);
        case NFTA_SET_ELEM_EXPR:
                return mnl_attr_parse_nested(attribute, find_counter, element);
        case NFTA_SET_ELEM_EXPIRATION:
                if (mnl_attr_validate(attribute, MNL_TYPE_U64) >= 0)
                        element->expires_msec = be64toh(mnl_attr_get_u64(attribute));
                return MNL_CB_OK;
        default:
                return MNL_CB_OK;
        }
}

static size_t key_size(AttemptSet set) {
        if (set == ATTEMPTS_USERS)
                return KEY_SIZE_USER;
        if (attempt_set_is_forwarded(set))
                return KEY_SIZE_INTERFACE;

        return attempt_set_is_v6(set) ? KEY_SIZE_V6 : KEY_SIZE_V4;
}

/* A name that nft would read as something else is left out. */
static bool read_interface(const uint8_t *key, Attempt *attempt) {
        attempt->uid = ATTEMPTS_NO_UID;
        (void) memcpy(attempt->address, key, KEY_SIZE_INTERFACE);
        attempt->address[KEY_SIZE_INTERFACE - 1] = 0;
        return policy_check_interface("Interface", (const char *) attempt->address, NULL) >= 0;
}

/* Where a set has our name and is another one: nothing of it. */
static bool element_to_attempt(const Element *element, AttemptSet set, Attempt *ret) {
        Attempt attempt = {
                .set = set,
                .packets = element->packets,
                .expires_msec = MIN_OF(element->expires_msec, attempt_set_timeout_msec(set)),
        };
        size_t address_size = attempt_set_is_v6(set) ? 16 : 4;
        uint16_t port;

        if (!element->counted || element->expires_msec == 0 || element->key_size != key_size(set))
                return false;
        if (attempt_set_is_forwarded(set)) {
                if (!read_interface(element->key, &attempt))
                        return false;
                *ret = attempt;
                return true;
        }

        (void) memcpy(&attempt.uid, element->key, sizeof(attempt.uid));
        if (set != ATTEMPTS_USERS) {
                (void) memcpy(attempt.address, element->key + 4, address_size);
                (void) memcpy(&port, element->key + 4 + address_size, sizeof(port));
                attempt.port = ntohs(port);
        }

        *ret = attempt;
        return true;
}

typedef struct Reading {
        AttemptSet set;
        Attempts attempts;
} Reading;

static int read_element(const struct nlattr *attribute, void *userdata) {
        Reading *reading = userdata;
        Element element = {};
        Attempt attempt;
        int r;

        if (mnl_attr_parse_nested(attribute, find_part, &element) < 0)
                return MNL_CB_ERROR;
        if (!element_to_attempt(&element, reading->set, &attempt))
                return MNL_CB_OK;

        r = attempts_append(&reading->attempts, &attempt);
        if (r == -ENOMEM) {
                errno = ENOMEM;
                return MNL_CB_ERROR;
        }

        return MNL_CB_OK; /* what is too much is left out */
}

static int read_list(const struct nlattr *attribute, void *userdata) {
        if (mnl_attr_get_type(attribute) != NFTA_SET_ELEM_LIST_ELEMENTS)
                return MNL_CB_OK;

        return mnl_attr_parse_nested(attribute, read_element, userdata);
}

static int read_message(const struct nlmsghdr *message, void *userdata) {
        return mnl_attr_parse(message, sizeof(struct nfgenmsg), read_list, userdata);
}

static struct nlmsghdr *request_elements(NetlinkRequest *request, AttemptSet set) {
        struct nlmsghdr *header = state_request(
                        request, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETSETELEM, NFPROTO_INET);

        mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_TABLE, RULESET_TABLE);
        mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET, attempt_set_name(set));
        return header;
}

static int read_set(NetlinkSocket *netlink, AttemptSet set, Attempts *attempts) {
        Reading reading = { .set = set, .attempts = *attempts };
        NetlinkRequest request = {};
        struct nlmsghdr *header = request_elements(&request, set);
        int r;

        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        r = netlink_ask(netlink, &request, read_message, &reading);
        *attempts = reading.attempts;
        return r == -ENOENT ? 0 : r;
}

static int read_all(Attempts *ret) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
        int r;

        /* a socket of its own: a dump that was given up would go on answering */
        r = netlink_open(NETLINK_NETFILTER, &netlink);
        if (r < 0)
                return r;
        for (AttemptSet i = 0; i < _ATTEMPT_SET_MAX; i++) {
                r = read_set(netlink, i, &attempts);
                if (r < 0)
                        return r;
        }

        attempts_sort(&attempts);
        *ret = attempts;
        attempts = (Attempts){};
        return 0;
}

int counts_read(Attempts *ret) {
        int r = -EINTR;

        assert(ret);

        for (unsigned i = 0; i < READS_MAX && r == -EINTR; i++)
                r = read_all(ret);

        return r;
}

int counts_read_user(uint32_t uid, uint64_t *ret_packets) {
        CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
        CLEANUP(attempts_done) Attempts attempts = {};
        Reading reading = { .set = ATTEMPTS_USERS };
        NetlinkRequest request = {};
        struct nlattr *list, *element, *key;
        struct nlmsghdr *header;
        int r;

        r = netlink_open(NETLINK_NETFILTER, &netlink);
        if (r < 0)
                return r;

        header = request_elements(&request, ATTEMPTS_USERS);
        list = mnl_attr_nest_start(header, NFTA_SET_ELEM_LIST_ELEMENTS);
        element = mnl_attr_nest_start(header, NFTA_LIST_ELEM);
        key = mnl_attr_nest_start(header, NFTA_SET_ELEM_KEY);
        mnl_attr_put(header, NFTA_DATA_VALUE, sizeof(uid), &uid);
        mnl_attr_nest_end(header, key);
        mnl_attr_nest_end(header, element);
        mnl_attr_nest_end(header, list);

        r = netlink_ask(netlink, &request, read_message, &reading);
        attempts = reading.attempts;
        if (r < 0 && r != -ENOENT)
                return r;

        *ret_packets = attempts.count > 0 ? attempts.items[0].packets : 0;
        return 0;
}

bool counts_are_lost(Firewall *firewall) {
        bool begun = firewall->begun;

        firewall->begun = false;
        return begun;
}

/* The batch leaves all that is proven of the table as it is. */
static int change(
                Firewall *firewall,
                const char *stage,
                Text *text,
                uint32_t *generation,
                Failure *reterr) {
        CLEANUP(freep) char *batch = NULL;
        uint32_t before = 0, after = 0;
        int r;

        r = text_finish(text, &batch, NULL);
        if (r < 0)
                return r;

        r = state_read_generation(firewall->netlink, &before);
        if (r >= 0)
                r = nftables_change(firewall->nftables, stage, batch, false, reterr);
        if (r >= 0)
                r = state_read_generation(firewall->netlink, &after);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);

        /* nobody else's change lies between: what was proven of the table is so still */
        if (before == *generation && after == firewall_generation_after(before)) {
                if (firewall->in_force.generation == *generation)
                        firewall->in_force.generation = after;
                *generation = after;
        }

        return 0;
}

int counts_restore(
                Firewall *firewall,
                const Attempts *attempts,
                uint32_t *generation,
                Failure *reterr) {
        CLEANUP(text_done) Text text = {};

        if (attempts->count == 0)
                return 0;

        attempts_append_restore(&text, attempts);
        return change(firewall, "restore", &text, generation, reterr);
}

static int append_user_removal(uint32_t uid, Text *text) {
        CLEANUP(attempts_done) Attempts all = {}, own = {};
        int r;

        r = counts_read(&all);
        for (size_t i = 0; r >= 0 && i < all.count; i++)
                if (all.items[i].uid == uid)
                        r = attempts_append(&own, &all.items[i]);
        if (r < 0)
                return r;

        attempts_append_removal(text, &own);
        return 0;
}

static void append_flushes(Text *text) {
        for (AttemptSet i = 0; i < _ATTEMPT_SET_MAX; i++)
                text_append_format(
                                text, "flush set inet " RULESET_TABLE " %s\n", attempt_set_name(i));
}

int counts_forget(Firewall *firewall, const uint32_t *uid, uint32_t *generation, Failure *reterr) {
        CLEANUP(text_done) Text text = {};
        FirewallState state;
        int r;

        r = firewall_read_state(&state);
        if (r >= 0 && !state.present)
                return 0;
        if (r >= 0 && uid)
                r = append_user_removal(*uid, &text);
        if (r < 0)
                return nftables_fail(reterr, r, "read", NULL);

        if (!uid)
                append_flushes(&text);
        return text.size > 0 ? change(firewall, "forget", &text, generation, reterr) : 0;
}
