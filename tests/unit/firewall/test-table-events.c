/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <glib.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "firewall/ruleset.h"
#include "firewall/table-events.h"

#define SINCE 100

/* What is heard, message by message. */
typedef struct Ear {
        TableEvents events;
        TableDamage damage;
} Ear;

typedef union Message {
        struct nlmsghdr header;
        char bytes[512];
} Message;

static void begin(Message *message, unsigned type, uint8_t family) {
        struct nlmsghdr *header = mnl_nlmsg_put_header(message);
        struct nfgenmsg *generic;

        header->nlmsg_type = (uint16_t) (NFNL_SUBSYS_NFTABLES << 8 | type);
        generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
        generic->nfgen_family = family;
}

static void hear_of(Ear *ear, unsigned type, uint8_t family, const char *table, const char *set) {
        Message message = {};

        begin(&message, type, family);
        mnl_attr_put_strz(&message.header, NFTA_TABLE_NAME, table);
        if (set)
                mnl_attr_put_strz(&message.header, NFTA_SET_ELEM_LIST_SET, set);
        table_events_read(&ear->events, &message.header, SINCE, &ear->damage);
}

static void hear(Ear *ear, unsigned type) {
        hear_of(ear, type, NFPROTO_INET, RULESET_TABLE, NULL);
}

static void hear_commit(Ear *ear, uint32_t generation, uint32_t pid, const char *process) {
        Message message = {};

        begin(&message, NFT_MSG_NEWGEN, AF_UNSPEC);
        mnl_attr_put_u32(&message.header, NFTA_GEN_ID, htonl(generation));
        mnl_attr_put_u32(&message.header, NFTA_GEN_PROC_PID, htonl(pid));
        mnl_attr_put_strz(&message.header, NFTA_GEN_PROC_NAME, process);
        table_events_read(&ear->events, &message.header, SINCE, &ear->damage);
}

static void test_a_removed_table_is_damage_by_somebody(void) {
        Ear ear = {};

        hear(&ear, NFT_MSG_DELRULE);
        hear(&ear, NFT_MSG_DELTABLE);
        g_assert_false(ear.damage.any);
        hear_commit(&ear, SINCE + 1, 77, "nft");

        g_assert_true(ear.damage.any && ear.damage.removed);
        g_assert_false(ear.damage.elements_only);
        g_assert_cmpuint(ear.damage.generation, ==, SINCE + 1);
        g_assert_cmpuint(ear.damage.pid, ==, 77);
        g_assert_cmpstr(ear.damage.process, ==, "nft");
}

static void test_tables_of_others_are_none_of_our_business(void) {
        Ear ear = {};

        hear_of(&ear, NFT_MSG_DELTABLE, NFPROTO_INET, "other", NULL);
        hear_of(&ear, NFT_MSG_DELTABLE, NFPROTO_IPV4, RULESET_TABLE, NULL);
        hear_commit(&ear, SINCE + 1, 77, "nft");
        g_assert_false(ear.damage.any);
}

static void test_what_was_known_is_no_damage(void) {
        Ear ear = {};

        hear(&ear, NFT_MSG_NEWRULE);
        hear_commit(&ear, SINCE, 77, "worker");
        g_assert_false(ear.damage.any);
}

static void test_a_commit_takes_nothing_over_from_the_one_before(void) {
        Ear ear = {};

        hear(&ear, NFT_MSG_DELRULE);
        hear_commit(&ear, SINCE, 77, "worker");
        hear_of(&ear, NFT_MSG_NEWTABLE, NFPROTO_INET, "other", NULL);
        hear_commit(&ear, SINCE + 1, 78, "nft");
        g_assert_false(ear.damage.any);
}

static void test_generations_wrap_round(void) {
        g_assert_true(generation_is_later(1, UINT32_MAX));
        g_assert_false(generation_is_later(UINT32_MAX, 1));
        g_assert_false(generation_is_later(5, 5));
}

static void test_elements_alone_are_told_apart(void) {
        Ear ear = {};

        hear_of(&ear, NFT_MSG_DELSETELEM, NFPROTO_INET, RULESET_TABLE, "uids");
        hear_commit(&ear, SINCE + 1, 77, "nft");
        g_assert_true(ear.damage.any && ear.damage.elements_only);

        hear(&ear, NFT_MSG_DELRULE);
        hear_commit(&ear, SINCE + 2, 77, "nft");
        g_assert_false(ear.damage.elements_only);

        hear_of(&ear, NFT_MSG_DELSETELEM, NFPROTO_INET, RULESET_TABLE, "uids");
        hear_commit(&ear, SINCE + 3, 77, "nft");
        g_assert_false(ear.damage.elements_only);
}

static void test_the_set_of_attempts_may_be_emptied(void) {
        Ear ear = {};

        hear_of(&ear, NFT_MSG_DELSETELEM, NFPROTO_INET, RULESET_TABLE, "attempts");
        hear_commit(&ear, SINCE + 1, 77, "nft");
        g_assert_false(ear.damage.any);
}

static void test_the_set_of_attempts_may_not_be_removed(void) {
        Ear ear = {};

        hear_of(&ear, NFT_MSG_DELSET, NFPROTO_INET, RULESET_TABLE, "attempts");
        hear_commit(&ear, SINCE + 1, 77, "nft");
        g_assert_true(ear.damage.any);
}

static void test_lost_messages_are_damage(void) {
        Ear ear = {};

        table_events_lose(&ear.events, &ear.damage);
        g_assert_true(ear.damage.any && ear.damage.unsure);

        hear_of(&ear, NFT_MSG_DELSETELEM, NFPROTO_INET, RULESET_TABLE, "uids");
        hear_commit(&ear, SINCE + 1, 77, "nft");
        g_assert_true(ear.damage.unsure);
        g_assert_false(ear.damage.elements_only);
}

static void test_the_rest_of_a_commit_whose_beginning_was_lost_is_not_mixed_up(void) {
        Ear ear = {};

        hear(&ear, NFT_MSG_DELTABLE);
        table_events_lose(&ear.events, &ear.damage);
        hear_commit(&ear, SINCE + 1, 77, "nft");
        g_assert_true(ear.damage.unsure);
        g_assert_false(ear.damage.removed);
}

static void test_a_name_that_is_too_long_is_left_out(void) {
        Ear ear = {};

        hear(&ear, NFT_MSG_DELRULE);
        hear_commit(&ear, SINCE + 1, 77, "a-name-of-seventeen");
        g_assert_true(ear.damage.any);
        g_assert_cmpstr(ear.damage.process, ==, "");
}

static void test_messages_of_others_and_short_ones_are_skipped(void) {
        Message message = {};
        Ear ear = {};

        begin(&message, NFT_MSG_DELTABLE, NFPROTO_INET);
        message.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8;
        table_events_read(&ear.events, &message.header, SINCE, &ear.damage);

        (void) mnl_nlmsg_put_header(&message);
        message.header.nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN;
        table_events_read(&ear.events, &message.header, SINCE, &ear.damage);
        g_assert_false(ear.damage.any);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/table-events/a-removed-table-is-damage-by-somebody",
                        test_a_removed_table_is_damage_by_somebody);
        g_test_add_func("/table-events/tables-of-others-are-none-of-our-business",
                        test_tables_of_others_are_none_of_our_business);
        g_test_add_func("/table-events/what-was-known-is-no-damage",
                        test_what_was_known_is_no_damage);
        g_test_add_func("/table-events/a-commit-takes-nothing-over-from-the-one-before",
                        test_a_commit_takes_nothing_over_from_the_one_before);
        g_test_add_func("/table-events/generations-wrap-round", test_generations_wrap_round);
        g_test_add_func("/table-events/elements-alone-are-told-apart",
                        test_elements_alone_are_told_apart);
        g_test_add_func("/table-events/the-set-of-attempts-may-be-emptied",
                        test_the_set_of_attempts_may_be_emptied);
        g_test_add_func("/table-events/the-set-of-attempts-may-not-be-removed",
                        test_the_set_of_attempts_may_not_be_removed);
        g_test_add_func("/table-events/lost-messages-are-damage", test_lost_messages_are_damage);
        g_test_add_func("/table-events/"
                        "the-rest-of-a-commit-whose-beginning-was-lost-is-not-mixed-up",
                        test_the_rest_of_a_commit_whose_beginning_was_lost_is_not_mixed_up);
        g_test_add_func("/table-events/a-name-that-is-too-long-is-left-out",
                        test_a_name_that_is_too_long_is_left_out);
        g_test_add_func("/table-events/messages-of-others-and-short-ones-are-skipped",
                        test_messages_of_others_and_short_ones_are_skipped);
        return g_test_run();
}
