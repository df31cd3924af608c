/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "firewall/ruleset.h"
#include "firewall/table-events.h"

/* Attributes of one message, of which the names of all kinds have the same numbers. */
typedef struct Attributes {
        const char *table;
        const char *set; /* of a message about elements */
} Attributes;

#define IS_FIRST(attribute) ((int) (attribute) == (int) NFTA_TABLE_NAME)

_Static_assert(IS_FIRST(NFTA_CHAIN_TABLE) && IS_FIRST(NFTA_RULE_TABLE) &&
                               IS_FIRST(NFTA_SET_TABLE) && IS_FIRST(NFTA_SET_ELEM_LIST_TABLE) &&
                               IS_FIRST(NFTA_OBJ_TABLE) && IS_FIRST(NFTA_FLOWTABLE_TABLE),
               "the table's name is the first attribute of each kind of message");

static int find_names(const struct nlattr *attribute, void *userdata) {
        Attributes *attributes = userdata;

        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
                return MNL_CB_OK;
        if (mnl_attr_get_type(attribute) == NFTA_TABLE_NAME)
                attributes->table = mnl_attr_get_str(attribute);
        if (mnl_attr_get_type(attribute) == NFTA_SET_ELEM_LIST_SET)
                attributes->set = mnl_attr_get_str(attribute);

        return MNL_CB_OK;
}

static int find_committer(const struct nlattr *attribute, void *userdata) {
        TableDamage *commit = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case NFTA_GEN_ID:
                if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
                        commit->generation = ntohl(mnl_attr_get_u32(attribute));
                break;
        case NFTA_GEN_PROC_PID:
                if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
                        commit->pid = ntohl(mnl_attr_get_u32(attribute));
                break;
        case NFTA_GEN_PROC_NAME:
                if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0 &&
                    mnl_attr_get_payload_len(attribute) <= PROCESS_NAME_SIZE)
                        (void) strcpy(commit->process, mnl_attr_get_str(attribute));
                break;
        }

        return MNL_CB_OK;
}

/* Nothing depends on who is counted: those sets may be emptied by anybody. */
static bool is_of_counters(unsigned type, const char *set) {
        return (type == NFT_MSG_NEWSETELEM || type == NFT_MSG_DELSETELEM) && set &&
               ruleset_set_moves(set);
}

static void read_change(TableDamage *commit, const struct nlmsghdr *message) {
        const struct nfgenmsg *generic = mnl_nlmsg_get_payload(message);
        unsigned type = NFNL_MSG_TYPE(message->nlmsg_type);
        Attributes attributes = {};

        /* cannot fail: the callback does not */
        (void) mnl_attr_parse(message, sizeof(*generic), find_names, &attributes);
        if (generic->nfgen_family != NFPROTO_INET ||
            !string_equal(attributes.table, RULESET_TABLE) || is_of_counters(type, attributes.set))
                return;

        if (!commit->any)
                commit->elements_only = true;
        commit->any = true;
        if (type != NFT_MSG_NEWSETELEM && type != NFT_MSG_DELSETELEM)
                commit->elements_only = false;
        if (type == NFT_MSG_DELTABLE)
                commit->removed = true;
}

static void merge(TableDamage *damage, const TableDamage *commit) {
        bool elements_only = commit->elements_only && (!damage->any || damage->elements_only);
        bool removed = commit->removed || damage->removed;
        bool unsure = commit->unsure || damage->unsure;

        *damage = *commit;
        damage->elements_only = elements_only && !unsure;
        damage->removed = removed;
        damage->unsure = unsure;
}

void table_events_lose(TableEvents *events, TableDamage *damage) {
        *events = (TableEvents){};
        damage->any = true;
        damage->unsure = true;
        damage->elements_only = false;
}

void table_events_read(
                TableEvents *events,
                const struct nlmsghdr *message,
                uint32_t since,
                TableDamage *damage) {
        TableDamage *commit = &events->commit;

        if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
            mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
                return;

        if (NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_NEWGEN) {
                read_change(commit, message);
                return;
        }

        (void) mnl_attr_parse(message, sizeof(struct nfgenmsg), find_committer, commit);
        if (commit->any && generation_is_later(commit->generation, since))
                merge(damage, commit);
        *events = (TableEvents){};
}
