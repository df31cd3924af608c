/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "firewall/listing.h"

/* As libnftables 1.0.6 prints it. Each %s is something that may differ between two listings. */
#define LISTING                                                                                    \
        "{\"nftables\": [{\"metainfo\": {\"version\": \"%s\"}}, "                                  \
        "{\"table\": {\"family\": \"inet\", \"name\": \"smtp_restrictions\", \"handle\": %s}}, "   \
        "{\"counter\": {\"name\": \"rejected\", \"handle\": 6, \"packets\": %s, \"bytes\": 0}}, "  \
        "{\"set\": {\"name\": \"uids\", \"type\": \"uid\", \"handle\": 3, \"elem\": [%s]}}, "      \
        "{\"set\": {\"name\": \"attempts\", \"type\": \"uid\", \"flags\": [\"timeout\"], "         \
        "\"elem\": [%s]}}, "                                                                       \
        "{\"chain\": {\"name\": \"refuse\", \"handle\": 8}}, "                                     \
        "{\"rule\": {\"chain\": \"refuse\", \"handle\": 12, \"expr\": [{\"counter\": \"%s\"}]}}]}"

#define ATTEMPT(uid, expires)                                                                      \
        "{\"elem\": {\"val\": " uid ", \"expires\": " expires                                      \
        ", \"counter\": {\"packets\": 7, \"bytes\": 420}}}"

typedef struct Varying {
        const char *version;
        const char *handle;
        const char *packets;
        const char *uids;
        const char *attempts;
        const char *counter;
} Varying;

static const Varying usual = {
        .version = "1.0.6",
        .handle = "1",
        .packets = "7",
        .uids = "0, 101",
        .attempts = ATTEMPT("1000", "86399"),
        .counter = "rejected",
};

static void parse(const char *text, Listing *listing) {
        g_assert_cmpint(listing_parse(text, listing), ==, 0);
}

static void parse_varying(const Varying *varying, Listing *listing) {
        g_autofree char *text =
                        g_strdup_printf(LISTING,
                                        varying->version,
                                        varying->handle,
                                        varying->packets,
                                        varying->uids,
                                        varying->attempts,
                                        varying->counter);

        parse(text, listing);
}

static Digest digest(const Varying *varying) {
        CLEANUP(listing_done) Listing listing = {};
        Digest digest;

        parse_varying(varying, &listing);
        g_assert_cmpint(listing_digest(&listing, &digest), ==, 0);
        return digest;
}

static void test_what_moves_by_itself_leaves_the_digest(void) {
        Digest before = digest(&usual);
        Varying varying = usual;
        Digest now;

        varying.version = "1.1.3";
        varying.handle = "99";
        varying.packets = "8";
        varying.attempts = ATTEMPT("1000", "5") ", " ATTEMPT("1001", "86400");
        now = digest(&varying);

        g_assert_true(digest_equal(&before, &now));
}

static void test_another_element_changes_the_digest(void) {
        Digest before = digest(&usual);
        Varying varying = usual;
        Digest now;

        varying.uids = "0, 101, 1000";
        now = digest(&varying);

        g_assert_false(digest_equal(&before, &now));
}

static void test_another_rule_changes_the_digest(void) {
        Digest before = digest(&usual);
        Varying varying = usual;
        Digest now;

        varying.counter = "cut";
        now = digest(&varying);

        g_assert_false(digest_equal(&before, &now));
}

static void test_an_element_twice_is_torn(void) {
        CLEANUP(listing_done) Listing whole = {};
        CLEANUP(listing_done) Listing torn = {};
        Varying varying = usual;

        parse_varying(&varying, &whole);
        varying.uids = "0, 101, 101";
        parse_varying(&varying, &torn);

        g_assert_false(listing_is_torn(&whole));
        g_assert_true(listing_is_torn(&torn));
}

static bool is_ours(const char *objects) {
        CLEANUP(listing_done) Listing listing = {};
        g_autofree char *text = g_strdup_printf("{\"nftables\": [%s]}", objects);
        Policy policy;
        HostFacts facts = { .verdicts = port_verdicts_default };
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        bool ours;

        policy_init(&policy);
        policy.enabled = true;
        parse(text, &listing);
        g_assert_cmpint(ruleset_plan(&policy, &facts, &plan), ==, 0);
        ours = listing_is_ours(&listing, &plan);
        policy_done(&policy);
        return ours;
}

static void test_objects_of_the_policy_are_ours(void) {
        g_assert_true(is_ours("{\"set\": {\"name\": \"uids\", \"type\": \"uid\"}}"));
        g_assert_true(is_ours("{\"set\": {\"name\": \"attempts\", \"type\": \"uid\", "
                              "\"flags\": [\"timeout\"], \"timeout\": 86400}}"));
        g_assert_true(is_ours("{\"chain\": {\"name\": \"output\"}}"));
        g_assert_true(is_ours("{\"counter\": {\"name\": \"cut\"}}"));
}

#define DESTINATIONS(name, type)                                                                   \
        "{\"set\": {\"name\": \"" name "\", \"type\": " type ", \"flags\": [\"timeout\"]}}"

static void test_sets_that_the_kernel_fills_are_ours(void) {
        g_assert_true(is_ours(DESTINATIONS("attempts", "\"uid\"")));
        g_assert_true(is_ours(DESTINATIONS("lograte", "\"uid\"")));
        g_assert_true(is_ours(
                        DESTINATIONS("observed6", "[\"uid\", \"ipv6_addr\", \"inet_service\"]")));
        g_assert_false(is_ours(
                        DESTINATIONS("observed4", "[\"uid\", \"ipv6_addr\", \"inet_service\"]")));
        g_assert_false(is_ours(DESTINATIONS("observed6", "[\"uid\", 6, [\"inet_service\"]]")));
        g_assert_false(is_ours(DESTINATIONS("uids", "\"uid\"")));
}

static void test_foreign_and_strange_objects_are_not_ours(void) {
        static const char *const foreign[] = {
                "{\"set\": {\"name\": \"uids\", \"type\": \"ipv4_addr\"}}",
                "{\"set\": {\"name\": \"uids\", \"type\": [\"uid\", \"gid\"]}}",
                "{\"set\": {\"name\": \"uids\", \"type\": \"uid\", \"flags\": [\"timeout\"]}}",
                "{\"set\": {\"name\": \"friends\", \"type\": \"uid\"}}",
                "{\"map\": {\"name\": \"uids\", \"type\": \"uid\", \"map\": \"verdict\"}}",
                "{\"chain\": {\"name\": \"early\", \"hook\": \"output\"}}",
                "{\"chain\": {\"name\": \"observe\"}}",
                "{\"flowtable\": {\"name\": \"f\"}}",
                "{\"limit\": {\"name\": \"cut\"}}",
                "{\"chain\": 5}",
                "{}",
                "[]",
                "null",
        };

        for (size_t i = 0; i < ELEMENTS_OF(foreign); i++)
                g_assert_false(is_ours(foreign[i]));
}

static void test_what_is_no_listing_is_refused(void) {
        CLEANUP(listing_done) Listing listing = {};

        g_assert_cmpint(listing_parse("", &listing), ==, -EBADMSG);
        g_assert_cmpint(listing_parse("[]", &listing), ==, -EBADMSG);
        g_assert_cmpint(listing_parse("{\"nftables\": {}}", &listing), ==, -EBADMSG);
        g_assert_cmpint(listing_parse("{\"nftables\": []", &listing), ==, -EBADMSG);
}

static void test_added_elements_give_the_digest_of_a_whole_listing(void) {
        static const char terse[] =
                        "{\"nftables\": [{\"set\": {\"name\": \"uids\", \"type\": \"uid\"}}, "
                        "{\"set\": {\"name\": \"gids\", \"type\": \"gid\"}}, "
                        "{\"set\": {\"name\": \"ports\"}}, {\"set\": {\"name\": \"redirected\"}}, "
                        "{\"set\": {\"name\": \"attempts\"}}]}";
        static const char whole[] =
                        "{\"nftables\": [{\"set\": {\"name\": \"uids\", \"type\": \"uid\", "
                        "\"elem\": [0, 101]}}, {\"set\": {\"name\": \"gids\", \"type\": \"gid\"}}, "
                        "{\"set\": {\"name\": \"ports\", \"elem\": [25, 465, 587]}}, "
                        "{\"set\": {\"name\": \"redirected\", \"elem\": [25]}}, "
                        "{\"set\": {\"name\": \"attempts\", \"elem\": [1]}}]}";
        CLEANUP(listing_done) Listing a = {};
        CLEANUP(listing_done) Listing b = {};
        CLEANUP(host_facts_done) HostFacts facts = { .verdicts = port_verdicts_default };
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        Digest digest_a;
        Digest digest_b;

        policy_init(&policy);
        policy.enabled = true;
        g_assert_cmpint(allowed_ids_append(&facts.uids, 0, BECAUSE_ROOT, "root", NULL), ==, 0);
        g_assert_cmpint(allowed_ids_append(&facts.uids, 101, BECAUSE_MTA, "mta", NULL), ==, 0);
        parse(terse, &a);
        parse(whole, &b);

        g_assert_cmpint(ruleset_plan(&policy, &facts, &plan), ==, 0);
        g_assert_cmpint(listing_add_elements(&a, &plan), ==, 0);
        g_assert_cmpint(listing_digest(&a, &digest_a), ==, 0);
        g_assert_cmpint(listing_digest(&b, &digest_b), ==, 0);
        g_assert_true(digest_equal(&digest_a, &digest_b));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/listing/what-moves-by-itself-leaves-the-digest",
                        test_what_moves_by_itself_leaves_the_digest);
        g_test_add_func("/listing/another-element-changes-the-digest",
                        test_another_element_changes_the_digest);
        g_test_add_func("/listing/another-rule-changes-the-digest",
                        test_another_rule_changes_the_digest);
        g_test_add_func("/listing/an-element-twice-is-torn", test_an_element_twice_is_torn);
        g_test_add_func("/listing/objects-of-the-policy-are-ours",
                        test_objects_of_the_policy_are_ours);
        g_test_add_func("/listing/sets-that-the-kernel-fills-are-ours",
                        test_sets_that_the_kernel_fills_are_ours);
        g_test_add_func("/listing/foreign-and-strange-objects-are-not-ours",
                        test_foreign_and_strange_objects_are_not_ours);
        g_test_add_func("/listing/what-is-no-listing-is-refused",
                        test_what_is_no_listing_is_refused);
        g_test_add_func("/listing/added-elements-give-the-digest-of-a-whole-listing",
                        test_added_elements_give_the_digest_of_a_whole_listing);
        return g_test_run();
}
