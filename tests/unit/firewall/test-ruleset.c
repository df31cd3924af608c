/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "firewall/ruleset.h"
#include "grant.h"

/* Policy and facts of a small host: root, an MTA's user, a listed one; one group. */
typedef struct Host {
        Policy policy;
        HostFacts facts;
} Host;

static void host_done(Host *host) {
        policy_done(&host->policy);
        host_facts_done(&host->facts);
}

static void add_uid(Host *host, uint32_t uid) {
        g_assert_cmpint(allowed_ids_append(&host->facts.uids, uid, BECAUSE_MTA, "someone", "Exim"),
                        ==,
                        0);
}

static void add_gid(Host *host, uint32_t gid) {
        g_assert_cmpint(allowed_ids_append(
                                        &host->facts.gids,
                                        gid,
                                        BECAUSE_ALLOWED_GROUP,
                                        "somegroup",
                                        NULL),
                        ==,
                        0);
}

static void host_init(Host *host) {
        policy_init(&host->policy);
        host->policy.enabled = true;
        host->facts = (HostFacts){ .verdicts = port_verdicts_default };
        add_uid(host, 0);
        add_uid(host, 101);
        add_uid(host, 4294967294u);
        add_gid(host, 38);
}

static void set_verdicts(Host *host, PortVerdict verdict) {
        for (size_t i = 0; i < host->facts.verdicts.count; i++)
                host->facts.verdicts.entries[i].verdict = verdict;
}

static char *render(const Host *host) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        char *text = NULL;

        g_assert_cmpint(ruleset_plan(&host->policy, &host->facts, &plan), ==, 0);
        g_assert_cmpint(ruleset_render(&plan, NOW, &text, NULL), ==, 0);
        return text;
}

/* The text is that of tests/data/ruleset/NAME.nft, every byte of it. */
static void assert_golden(const char *text, const char *name) {
        g_autofree char *file = g_strdup_printf("%s.nft", name);
        const char *path = g_test_get_filename(G_TEST_DIST, "data", "ruleset", file, NULL);
        g_autofree char *golden = NULL;

        g_assert_true(g_file_get_contents(path, &golden, NULL, NULL));
        g_assert_cmpstr(text, ==, golden);
}

static void assert_renders(const Host *host, const char *name) {
        CLEANUP(freep) char *text = render(host);

        assert_golden(text, name);
}

static void test_default_redirects_25_rejects_others_and_cuts(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        assert_renders(&host, "default");
}

static void test_redirect_without_cut_sees_only_new_connections(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        host.policy.cut_existing = TRISTATE_FALSE;
        assert_renders(&host, "redirect-without-cut");
}

static void test_reject_alone_needs_no_conntrack(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        set_verdicts(&host, PORT_VERDICT_REJECT);
        assert_renders(&host, "reject");
}

static void test_reject_cuts_when_told_to(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        set_verdicts(&host, PORT_VERDICT_REJECT);
        host.policy.cut_existing = TRISTATE_TRUE;
        assert_renders(&host, "reject-cut");
}

static void test_observe_only_counts(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        host.policy.observe = true;
        host.policy.cut_existing = TRISTATE_TRUE;
        assert_renders(&host, "observe");
}

/* One of each kind of set, and of each verdict. */
static void grant_some(Host *host) {
        static const uint16_t ports[] = { 25, 587, 0 };
        Exceptions *exceptions = &host->policy.exceptions;

        name_subjects(&host->facts.subjects, 2, 1);
        grant(exceptions, "user:u0", NULL, NULL, "allow", 0);
        grant(exceptions, "user:u1", NULL, ports, "redirect", NOW + 60 * USEC_PER_SEC);
        grant(exceptions, "user:u0", "192.0.2.0/24", NULL, "reject", NOW + USEC_PER_SEC);
        grant(exceptions, "group:g0", "2001:db8::/32", ports, "observe", 0);
        /* expired: its set and rule stay until it is dropped */
        grant(exceptions, "user:u1", "::/0", NULL, "allow", NOW);
}

static void test_exceptions_are_asked_before_anybody_else(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        grant_some(&host);
        assert_renders(&host, "exceptions");
}

static void test_exceptions_of_reject_need_no_conntrack(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        set_verdicts(&host, PORT_VERDICT_REJECT);
        name_subjects(&host.facts.subjects, 1, 0);
        grant(&host.policy.exceptions, "user:u0", NULL, NULL, "reject", 0);
        assert_renders(&host, "exceptions-reject");
}

static void test_observed_exceptions_only_count(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        host.policy.observe = true;
        grant_some(&host);
        assert_renders(&host, "exceptions-observe");
}

static void test_forwarded_packets_have_a_chain_of_their_own(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        set_verdicts(&host, PORT_VERDICT_REJECT);
        host.policy.forwarded = FORWARDED_REJECT;
        g_assert_cmpint(string_list_append(&host.policy.forwarded_interfaces, "br0"), ==, 0);
        g_assert_cmpint(string_list_append(&host.policy.forwarded_networks, "10.0.0.0/8"), ==, 0);
        grant(&host.policy.exceptions, "interface:docker0", "192.0.2.1", NULL, "allow", 0);
        assert_renders(&host, "forwarded");
}

static void test_not_enabled_removes_the_table(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        host.policy.enabled = false;
        assert_renders(&host, "disabled");
}

static void test_anew_restores_counters_and_attempts(void) {
        CLEANUP(host_done) Host host = {};
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        CLEANUP(freep) char *text = NULL;
        const RulesetCounters counters = {
                .rejected = 1,
                .redirected = 2,
                .observed = 3,
                .cut = UINT64_MAX,
        };
        static const Attempt of_user = { .uid = 1000, .packets = 7, .expires_msec = 86399000 };
        static const Attempt of_destination = {
                .set = ATTEMPTS_REDIRECT_V6,
                .uid = 1000,
                .address = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x25 },
                .port = 25,
                .packets = 4,
                .expires_msec = 1,
        };

        host_init(&host);
        g_assert_cmpint(attempts_append(&attempts, &of_user), ==, 0);
        g_assert_cmpint(attempts_append(&attempts, &of_destination), ==, 0);
        g_assert_cmpint(ruleset_plan(&host.policy, &host.facts, &plan), ==, 0);
        g_assert_cmpint(ruleset_render_anew(&plan, NOW, &counters, &attempts, &text, NULL), ==, 0);
        assert_golden(text, "anew");
}

/* Is the number an element of the set somewhere in the text? */
static bool has_element(const char *text, const char *set, uint32_t number) {
        g_autofree char *begin = g_strdup_printf("add element inet " RULESET_TABLE " %s {", set);
        g_autofree char *wanted = g_strdup_printf(" %" G_GUINT32_FORMAT, number);
        size_t size = strlen(wanted);

        for (const char *line = strstr(text, begin); line; line = strstr(line + 1, begin)) {
                const char *end = strchr(line, '\n');

                for (const char *at = line; (at = strstr(at, wanted)) && at < end; at++)
                        if (at[size] == ',' || at[size] == '\n')
                                return true;
        }

        return false;
}

static void assert_elements(const Host *host, const char *text) {
        for (size_t i = 0; i < host->facts.uids.count; i++)
                g_assert_true(has_element(text, "uids", host->facts.uids.items[i].id));
        for (size_t i = 0; i < host->facts.gids.count; i++)
                g_assert_true(has_element(text, "gids", host->facts.gids.items[i].id));
        for (size_t i = 0; i < host->facts.verdicts.count; i++) {
                uint16_t port = host->facts.verdicts.entries[i].port;
                bool redirect = host->facts.verdicts.entries[i].verdict == PORT_VERDICT_REDIRECT;

                g_assert_true(has_element(text, "ports", port));
                g_assert_cmpint(has_element(text, "redirected", port),
                                ==,
                                redirect && !host->policy.observe);
        }
}

static void random_host(Host *host) {
        policy_init(&host->policy);
        host->policy.enabled = true;
        host->policy.observe = g_test_rand_bit();
        host->policy.cut_existing = g_test_rand_int_range(TRISTATE_UNSET, TRISTATE_TRUE + 1);
        for (int i = g_test_rand_int_range(1, 1500); i > 0; i--)
                add_uid(host, (uint32_t) g_test_rand_int());
        for (int i = g_test_rand_int_range(0, 900); i > 0; i--)
                add_gid(host, (uint32_t) g_test_rand_int());
        for (int i = g_test_rand_int_range(1, 33); i > 0; i--)
                IGNORE_RESULT(port_verdicts_add(/* the same port twice is refused */
                                                &host->facts.verdicts,
                                                (uint16_t) g_test_rand_int_range(1, 65536),
                                                g_test_rand_bit() ? PORT_VERDICT_REDIRECT
                                                                  : PORT_VERDICT_REJECT));
}

static void test_every_id_and_port_is_in_the_text(void) {
        for (unsigned i = 0; i < 30; i++) {
                CLEANUP(host_done) Host host = {};
                CLEANUP(freep) char *text = NULL;

                random_host(&host);
                text = render(&host);
                assert_elements(&host, text);
        }
}

static void test_no_line_holds_a_name_or_is_long(void) {
        CLEANUP(host_done) Host host = {};
        CLEANUP(freep) char *text = NULL;
        g_auto(GStrv) lines = NULL;

        host_init(&host);
        for (uint32_t i = 0; i < 50000; i++)
                add_uid(&host, UINT32_MAX - 50000 + i);
        text = render(&host);
        g_assert_null(strstr(text, "some"));
        g_assert_null(strstr(text, "Exim"));

        lines = g_strsplit(text, "\n", -1);
        for (size_t i = 0; lines[i]; i++)
                g_assert_cmpuint(strlen(lines[i]), <, 5000);
}

static void test_own_objects_are_known_and_others_not(void) {
        CLEANUP(host_done) Host host = {};
        RulesetPlan plan;

        host_init(&host);
        plan = ruleset_plan_unexcepted(&host.policy, &host.facts);
        g_assert_true(ruleset_has_object(&plan, "set", "uids", "uid"));
        g_assert_false(ruleset_has_object(&plan, "set", "uids", "gid"));
        g_assert_false(ruleset_has_object(&plan, "set", "other", "uid"));
        g_assert_false(ruleset_has_object(&plan, "set", "always", "uid"));
        g_assert_false(ruleset_has_object(&plan, "map", "uids", "uid"));
        g_assert_true(ruleset_has_object(&plan, "counter", "cut", NULL));
        g_assert_true(ruleset_has_object(&plan, "chain", "nat_output", NULL));
        g_assert_false(ruleset_has_object(&plan, "chain", "observe", NULL));
        g_assert_false(ruleset_has_object(&plan, "chain", NULL, NULL));

        host.policy.observe = true;
        plan = ruleset_plan_unexcepted(&host.policy, &host.facts);
        g_assert_false(ruleset_has_object(&plan, "chain", "nat_output", NULL));
        g_assert_true(ruleset_has_object(&plan, "chain", "observe", NULL));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/ruleset/default-redirects-25-rejects-others-and-cuts",
                        test_default_redirects_25_rejects_others_and_cuts);
        g_test_add_func("/ruleset/redirect-without-cut-sees-only-new-connections",
                        test_redirect_without_cut_sees_only_new_connections);
        g_test_add_func("/ruleset/reject-alone-needs-no-conntrack",
                        test_reject_alone_needs_no_conntrack);
        g_test_add_func("/ruleset/reject-cuts-when-told-to", test_reject_cuts_when_told_to);
        g_test_add_func("/ruleset/observe-only-counts", test_observe_only_counts);
        g_test_add_func("/ruleset/exceptions-are-asked-before-anybody-else",
                        test_exceptions_are_asked_before_anybody_else);
        g_test_add_func("/ruleset/exceptions-of-reject-need-no-conntrack",
                        test_exceptions_of_reject_need_no_conntrack);
        g_test_add_func("/ruleset/observed-exceptions-only-count",
                        test_observed_exceptions_only_count);
        g_test_add_func("/ruleset/forwarded-packets-have-a-chain-of-their-own",
                        test_forwarded_packets_have_a_chain_of_their_own);
        g_test_add_func("/ruleset/not-enabled-removes-the-table",
                        test_not_enabled_removes_the_table);
        g_test_add_func("/ruleset/anew-restores-counters-and-attempts",
                        test_anew_restores_counters_and_attempts);
        g_test_add_func("/ruleset/every-id-and-port-is-in-the-text",
                        test_every_id_and_port_is_in_the_text);
        g_test_add_func("/ruleset/no-line-holds-a-name-or-is-long",
                        test_no_line_holds_a_name_or_is_long);
        g_test_add_func("/ruleset/own-objects-are-known-and-others-not",
                        test_own_objects_are_known_and_others_not);
        return g_test_run();
}
