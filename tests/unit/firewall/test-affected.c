/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>

#include "firewall/affected.h"
#include "grant.h"

#define INODE 77

typedef struct Host {
        Policy policy;
        HostFacts facts;
        SocketList listening; /* borrowed items */
        SocketList connected; /* likewise */
        struct ifaddrs *addresses;
} Host;

static void host_done(Host *host) {
        policy_done(&host->policy);
        host_facts_done(&host->facts);
}

static void host_init(Host *host) {
        *host = (Host){ .facts.verdicts = port_verdicts_default };
        policy_init(&host->policy);
        host->policy.enabled = true;
        g_assert_cmpint(allowed_ids_append(&host->facts.uids, 0, BECAUSE_ROOT, "root", NULL),
                        ==,
                        0);
}

static void address_from(const char *text, sa_family_t *ret_family, struct in6_addr *ret) {
        *ret_family = strchr(text, ':') ? AF_INET6 : AF_INET;
        g_assert_cmpint(inet_pton(*ret_family, text, ret), ==, 1);
}

/* From a port of ours that nobody listens on. */
static SocketEntry connection(const char *to, uint16_t port, uint32_t uid) {
        SocketEntry entry = {
                .local_port = 40000,
                .remote_port = port,
                .uid = uid,
                .inode = INODE,
        };

        address_from(to, &entry.family, &entry.remote);
        return entry;
}

static void find_in(
                Host *host, const SocketEntry *entries, size_t count, AffectedConnections *ret) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};

        host->connected = (SocketList){ .items = (SocketEntry *) entries, .count = count };
        g_assert_cmpint(ruleset_plan(&host->policy, &host->facts, &plan), ==, 0);
        g_assert_cmpint(affected_connections_find(
                                        &plan,
                                        &host->listening,
                                        &host->connected,
                                        host->addresses,
                                        NOW,
                                        ret),
                        ==,
                        0);
}

static bool is_cut(Host *host, SocketEntry entry) {
        CLEANUP(affected_connections_done) AffectedConnections affected = {};

        find_in(host, &entry, 1, &affected);
        return affected.count == 1;
}

static void test_a_strangers_connection_is_named(void) {
        CLEANUP(host_done) Host host = {};
        CLEANUP(affected_connections_done) AffectedConnections affected = {};
        const SocketEntry entries[] = {
                connection("192.0.2.9", 587, 1000),
                connection("2001:db8::9", 25, 1001),
        };

        host_init(&host);
        find_in(&host, entries, ELEMENTS_OF(entries), &affected);

        g_assert_cmpuint(affected.count, ==, 2);
        g_assert_cmpstr(affected.items[0].address, ==, "192.0.2.9");
        g_assert_cmpuint(affected.items[0].port, ==, 587);
        g_assert_cmpuint(affected.items[0].uid, ==, 1000);
        g_assert_cmpstr(affected.items[1].address, ==, "2001:db8::9");
}

static void test_all_of_many_are_named(void) {
        CLEANUP(host_done) Host host = {};
        CLEANUP(affected_connections_done) AffectedConnections affected = {};
        SocketEntry entries[50];

        host_init(&host);
        for (size_t i = 0; i < ELEMENTS_OF(entries); i++)
                entries[i] = connection("192.0.2.9", 465, 1000 + (uint32_t) i);
        find_in(&host, entries, ELEMENTS_OF(entries), &affected);

        g_assert_cmpuint(affected.count, ==, ELEMENTS_OF(entries));
        g_assert_cmpuint(affected.items[49].uid, ==, 1049);
}

static void test_what_may_be_made_now_stays(void) {
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        name_subjects(&host.facts.subjects, 2, 0);
        grant(&host.policy.exceptions, "user:u1", NULL, NULL, "allow", 0);

        g_assert_false(is_cut(&host, connection("192.0.2.9", 25, 0)));
        g_assert_false(is_cut(&host, connection("192.0.2.9", 443, 1000)));
        g_assert_false(is_cut(&host, connection("192.0.2.9", 25, 1001)));
        g_assert_true(is_cut(&host, connection("192.0.2.9", 25, 1000)));
}

static void test_a_socket_without_a_file_has_no_owner(void) {
        CLEANUP(host_done) Host host = {};
        SocketEntry entry = connection("192.0.2.9", 25, 1000);

        host_init(&host);
        entry.inode = 0;

        g_assert_false(is_cut(&host, entry));
}

static void test_connections_within_the_host_stay(void) {
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
        struct sockaddr_in v4 = { .sin_family = AF_INET };
        struct ifaddrs second = { .ifa_addr = (struct sockaddr *) &v6 };
        struct ifaddrs without = { .ifa_next = &second };
        struct ifaddrs first = { .ifa_addr = (struct sockaddr *) &v4, .ifa_next = &without };
        CLEANUP(host_done) Host host = {};

        host_init(&host);
        host.addresses = &first;
        g_assert_cmpint(inet_pton(AF_INET, "198.51.100.1", &v4.sin_addr), ==, 1);
        g_assert_cmpint(inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), ==, 1);

        g_assert_false(is_cut(&host, connection("127.9.9.9", 25, 1000)));
        g_assert_false(is_cut(&host, connection("198.51.100.1", 25, 1000)));
        g_assert_false(is_cut(&host, connection("2001:db8::1", 25, 1000)));
        g_assert_true(is_cut(&host, connection("198.51.100.2", 25, 1000)));
        g_assert_true(is_cut(&host, connection("2001:db8::2", 25, 1000)));
}

static void test_what_the_other_side_began_stays(void) {
        CLEANUP(host_done) Host host = {};
        SocketEntry service = { .local_port = 8080 };
        SocketEntry entry = connection("192.0.2.9", 25, 1000);

        host_init(&host);
        host.listening = (SocketList){ .items = &service, .count = 1 };
        g_assert_true(is_cut(&host, entry));
        entry.local_port = 8080;

        g_assert_false(is_cut(&host, entry));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/affected/a-strangers-connection-is-named",
                        test_a_strangers_connection_is_named);
        g_test_add_func("/affected/all-of-many-are-named", test_all_of_many_are_named);
        g_test_add_func("/affected/what-may-be-made-now-stays", test_what_may_be_made_now_stays);
        g_test_add_func("/affected/a-socket-without-a-file-has-no-owner",
                        test_a_socket_without_a_file_has_no_owner);
        g_test_add_func("/affected/connections-within-the-host-stay",
                        test_connections_within_the_host_stay);
        g_test_add_func("/affected/what-the-other-side-began-stays",
                        test_what_the_other_side_began_stays);
        return g_test_run();
}
