/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>

#include "firewall/explain.h"
#include "grant.h"

#define GID_ALLOWED 38
#define UID_ALLOWED 1001 /* u1 */

typedef struct Host {
        Policy policy;
        HostFacts facts;
        RulesetPlan plan;
} Host;

static void host_done(Host *host) {
        ruleset_plan_done(&host->plan);
        policy_done(&host->policy);
        host_facts_done(&host->facts);
}

static void host_init(Host *host) {
        *host = (Host){ .facts.verdicts = port_verdicts_default };
        policy_init(&host->policy);
        host->policy.enabled = true;
        name_subjects(&host->facts.subjects, 4, 4);
        g_assert_cmpint(allowed_ids_append(&host->facts.uids, 0, BECAUSE_ROOT, "root", NULL),
                        ==,
                        0);
        g_assert_cmpint(allowed_ids_append(
                                        &host->facts.uids,
                                        UID_ALLOWED,
                                        BECAUSE_ALLOWED_USER,
                                        "u1",
                                        NULL),
                        ==,
                        0);
        g_assert_cmpint(allowed_ids_append(
                                        &host->facts.gids,
                                        GID_ALLOWED,
                                        BECAUSE_ALLOWED_GROUP,
                                        "list",
                                        NULL),
                        ==,
                        0);
}

static Connection connection_to(const char *address, uint32_t uid, uint32_t gid, uint16_t port) {
        Connection connection = {
                .uid = uid,
                .gid = gid,
                .family = strchr(address, ':') ? AF_INET6 : AF_INET,
                .port = port,
        };

        g_assert_cmpint(inet_pton(connection.family, address, connection.address), ==, 1);
        return connection;
}

static Explanation ask_at(Host *host, const Connection *connection, uint64_t now_usec) {
        ruleset_plan_done(&host->plan);
        g_assert_cmpint(ruleset_plan(&host->policy, &host->facts, &host->plan), ==, 0);
        return explain(&host->plan, connection, now_usec);
}

static Explanation ask(Host *host, const char *address, uint32_t uid, uint32_t gid, uint16_t port) {
        const Connection connection = connection_to(address, uid, gid, port);

        return ask_at(host, &connection, NOW);
}

static void test_each_decider_is_named(void) {
        CLEANUP(host_done) Host host = {};
        Connection local = connection_to("192.0.2.9", 1000, 5, 25);
        Explanation explanation;

        host_init(&host);
        grant(&host.policy.exceptions, "user:u2", NULL, NULL, "allow", 0);
        local.local = true;

        g_assert_cmpint(ask(&host, "192.0.2.9", 1000, 5, 2525).decider, ==, DECIDER_PORT);
        g_assert_cmpint(ask_at(&host, &local, NOW).decider, ==, DECIDER_LOCAL);

        explanation = ask(&host, "192.0.2.9", UID_ALLOWED, 5, 25);
        g_assert_cmpint(explanation.decider, ==, DECIDER_ALLOWED);
        g_assert_cmpstr(explanation.allowed->name, ==, "u1");
        explanation = ask(&host, "192.0.2.9", 1000, GID_ALLOWED, 25);
        g_assert_cmpint(explanation.decider, ==, DECIDER_GROUP);
        g_assert_cmpstr(explanation.allowed->name, ==, "list");

        explanation = ask(&host, "192.0.2.9", 1002, 5, 25);
        g_assert_cmpint(explanation.decider, ==, DECIDER_EXCEPTION);
        g_assert_cmpuint(explanation.exception, ==, 1);

        explanation = ask(&host, "192.0.2.9", 1000, 5, 25);
        g_assert_cmpint(explanation.decider, ==, DECIDER_DEFAULT);
        g_assert_cmpint(explanation.verdict, ==, EXCEPTION_REDIRECT);
        g_assert_cmpint(ask(&host, "2001:db8::1", 1000, 5, 465).verdict, ==, EXCEPTION_REJECT);

        host.policy.enabled = false;
        g_assert_cmpint(ask(&host, "192.0.2.9", 1000, 5, 25).decider, ==, DECIDER_NOT_ENABLED);
}

static Explanation ask_forwarded(
                Host *host, const char *interface, const char *source, const char *address) {
        /* of no user, whatever the numbers say */
        Connection connection = connection_to(address, UID_ALLOWED, GID_ALLOWED, 25);

        (void) g_strlcpy(connection.interface, interface, sizeof(connection.interface));
        if (source) {
                connection.source_family = connection.family;
                g_assert_cmpint(inet_pton(connection.family, source, connection.source), ==, 1);
        }
        return ask_at(host, &connection, NOW);
}

static void assert_decided(Explanation explanation, Decider decider, ExceptionVerdict verdict) {
        g_assert_true(explanation.forwarded);
        g_assert_cmpint(explanation.decider, ==, decider);
        g_assert_cmpint(explanation.verdict, ==, verdict);
}

static void test_what_is_forwarded_is_judged_by_interface_and_source(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        grant(&host.policy.exceptions, "user:u1", NULL, NULL, "reject", 0);
        assert_decided(ask_forwarded(&host, "docker0", NULL, "192.0.2.9"),
                       DECIDER_FORWARDED,
                       EXCEPTION_ALLOW);

        host.policy.forwarded = FORWARDED_REJECT;
        grant(&host.policy.exceptions, "interface:docker0", "192.0.2.0/24", NULL, "allow", 0);
        g_assert_cmpint(string_list_append(&host.policy.forwarded_interfaces, "lxcbr0"), ==, 0);
        g_assert_cmpint(string_list_append(&host.policy.forwarded_networks, "10.7.0.0/16"), ==, 0);
        assert_decided(ask_forwarded(&host, "docker0", NULL, "192.0.2.9"),
                       DECIDER_EXCEPTION,
                       EXCEPTION_ALLOW);
        assert_decided(ask_forwarded(&host, "docker0", "10.8.0.1", "198.51.100.1"),
                       DECIDER_FORWARDED,
                       EXCEPTION_REJECT);
        assert_decided(ask_forwarded(&host, "docker0", "10.7.3.4", "198.51.100.1"),
                       DECIDER_EXEMPT_NETWORK,
                       EXCEPTION_ALLOW);
        assert_decided(ask_forwarded(&host, "lxcbr0", NULL, "2001:db8::1"),
                       DECIDER_EXEMPT_INTERFACE,
                       EXCEPTION_ALLOW);
        /* a name that begins like it */
        assert_decided(ask_forwarded(&host, "docker01", NULL, "192.0.2.9"),
                       DECIDER_FORWARDED,
                       EXCEPTION_REJECT);

        host.policy.observe = true;
        assert_decided(ask_forwarded(&host, "docker01", NULL, "192.0.2.9"),
                       DECIDER_FORWARDED,
                       EXCEPTION_OBSERVE);
}

static void test_observe_lets_through_and_says_what_would_be(void) {
        CLEANUP(host_done) Host host = {};
        Explanation explanation;

        host_init(&host);
        host.policy.observe = true;
        explanation = ask(&host, "192.0.2.9", 1000, 5, 465);
        g_assert_cmpint(explanation.verdict, ==, EXCEPTION_OBSERVE);
        g_assert_cmpint(explanation.unobserved, ==, EXCEPTION_REJECT);
        g_assert_cmpint(ask(&host, "192.0.2.9", UID_ALLOWED, 5, 25).verdict, ==, EXCEPTION_ALLOW);
}

static void test_exception_beats_allowed_users_but_not_root(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        name_user(&host.facts.subjects, "root", 0);
        grant(&host.policy.exceptions, "user:u1", NULL, NULL, "reject", 0);
        grant(&host.policy.exceptions, "user:root", NULL, NULL, "reject", 0);
        grant(&host.policy.exceptions, "group:g0", NULL, NULL, "reject", 0);

        g_assert_cmpint(ask(&host, "192.0.2.9", UID_ALLOWED, 5, 25).verdict, ==, EXCEPTION_REJECT);
        g_assert_cmpint(ask(&host, "192.0.2.9", 0, 2000, 25).verdict, ==, EXCEPTION_ALLOW);
}

static void test_expired_exception_uncovers_the_weaker_one(void) {
        CLEANUP(host_done) Host host = {};
        const Connection connection = connection_to("192.0.2.9", 1000, 5, 25);

        host_init(&host);
        grant(&host.policy.exceptions, "user:u0", "192.0.2.0/24", NULL, "reject", NOW + 2);
        grant(&host.policy.exceptions, "user:u0", NULL, NULL, "allow", NOW + 3);

        g_assert_cmpuint(ask_at(&host, &connection, NOW + 1).exception, ==, 1);
        g_assert_cmpuint(ask_at(&host, &connection, NOW + 2).exception, ==, 2);
        g_assert_cmpint(ask_at(&host, &connection, NOW + 3).decider, ==, DECIDER_DEFAULT);
}

/* ---- the rules of precedence once more, in the plainest way ---- */

static bool network_has(const Network *network, const Connection *connection) {
        if (network->family == AF_UNSPEC)
                return true;
        if (network->family != connection->family)
                return false;

        for (unsigned i = 0; i < network->prefix; i++)
                if ((network->address[i / 8] ^ connection->address[i / 8]) & 0x80 >> i % 8)
                        return false;

        return true;
}

static bool concerns(const Exception *exception, const Connection *connection) {
        uint32_t number = (uint32_t) strtoul(exception->name + 1, NULL, 10);
        bool port = exception->port_count == 0;

        for (size_t i = 0; i < exception->port_count; i++)
                port = port || exception->ports[i] == connection->port;

        return port && network_has(&exception->destination, connection) &&
               (exception->kind == SUBJECT_USER
                                ? connection->uid == 1000 + number
                                : connection->gid == 2000 + number ||
                                                  connection->uid == 1000 + number ||
                                                  connection->uid == 1001 + number);
}

static int weight(const Exception *exception) {
        int specific = exception->destination.family == AF_UNSPEC
                                       ? 0
                                       : 1 + exception->destination.prefix;

        return (specific * 2 + (exception->kind == SUBJECT_USER)) * 4 +
               (EXCEPTION_ALLOW - (int) exception->verdict);
}

static const Exception *find_plainly(const Exceptions *exceptions, const Connection *connection) {
        const Exception *best = NULL;

        for (size_t i = 0; i < exceptions->count; i++)
                if (!exception_is_expired(exceptions->items[i], NOW) &&
                    concerns(exceptions->items[i], connection) &&
                    (!best || weight(exceptions->items[i]) > weight(best)))
                        best = exceptions->items[i];

        return best;
}

static void grant_random(Host *host) {
        static const char *const destinations[] = {
                NULL,        "0.0.0.0/0", "192.0.2.0/24",  "192.0.2.0/25",
                "192.0.2.1", "::/0",      "2001:db8::/32", "2001:db8::1",
        };
        static const char *const verdicts[] = { "reject", "redirect", "observe", "allow" };
        static const uint16_t some[] = { 25, 587, 0 };
        g_autofree char *subject =
                        g_strdup_printf("%s%d",
                                        g_test_rand_bit() ? "group:g" : "user:u",
                                        g_test_rand_int_range(0, 4));

        grant(&host->policy.exceptions,
              subject,
              any_of(destinations, ELEMENTS_OF(destinations)),
              g_test_rand_bit() ? some : NULL,
              any_of(verdicts, ELEMENTS_OF(verdicts)),
              g_test_rand_bit() ? 0 : NOW + (uint64_t) g_test_rand_int_range(-2, 3));
}

static void test_precedence_is_that_of_the_manual(void) {
        static const char *const addresses[] = {
                "192.0.2.1",   "192.0.2.2",   "192.0.2.129", "198.51.100.1",
                "2001:db8::1", "2001:db8::2", "2001:db9::1",
        };
        static const uint16_t ports[] = { 25, 465, 587 };

        for (unsigned i = 0; i < 3000; i++) {
                CLEANUP(host_done) Host host = {};
                Connection connection =
                                connection_to(any_of(addresses, ELEMENTS_OF(addresses)),
                                              (uint32_t) g_test_rand_int_range(1000, 1006),
                                              (uint32_t) g_test_rand_int_range(2000, 2004),
                                              ports[g_test_rand_int_range(0, 3)]);
                const Exception *wanted;
                Explanation explanation;

                host_init(&host);
                for (int j = g_test_rand_int_range(1, 12); j > 0; j--)
                        grant_random(&host);
                wanted = find_plainly(&host.policy.exceptions, &connection);
                explanation = ask_at(&host, &connection, NOW);

                g_assert_cmpint(explanation.decider == DECIDER_EXCEPTION, ==, wanted != NULL);
                if (wanted)
                        g_assert_cmpint(explanation.verdict, ==, wanted->verdict);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/explain/each-decider-is-named", test_each_decider_is_named);
        g_test_add_func("/explain/what-is-forwarded-is-judged-by-interface-and-source",
                        test_what_is_forwarded_is_judged_by_interface_and_source);
        g_test_add_func("/explain/observe-lets-through-and-says-what-would-be",
                        test_observe_lets_through_and_says_what_would_be);
        g_test_add_func("/explain/exception-beats-allowed-users-but-not-root",
                        test_exception_beats_allowed_users_but_not_root);
        g_test_add_func("/explain/expired-exception-uncovers-the-weaker-one",
                        test_expired_exception_uncovers_the_weaker_one);
        g_test_add_func("/explain/precedence-is-that-of-the-manual",
                        test_precedence_is_that_of_the_manual);
        return g_test_run();
}
