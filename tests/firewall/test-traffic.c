/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/seg6.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fd.h"
#include "world.h"

#define TABLE "inet " RULESET_TABLE

static const char *const remote_addresses[] = { WORLD_REMOTE_V4, WORLD_REMOTE_V6 };

/* of this process; filled once by main() */
static World world;

static void assert_refused_at_once(uid_t uid, gid_t gid, const char *address, uint16_t port) {
        Outcome outcome = world_try(uid, gid, address, port);

        g_assert_cmpint(outcome.error, ==, ECONNREFUSED);
        g_assert_cmpfloat(outcome.msec, <, 100);
}

static void assert_reaches(
                uid_t uid, gid_t gid, const char *address, uint16_t port, const char *greeting) {
        Outcome outcome = world_try(uid, gid, address, port);

        g_assert_cmpint(outcome.error, ==, 0);
        g_assert_cmpstr(outcome.greeting, ==, greeting);
}

static const char *remote_greeting(const char *address) {
        return strchr(address, ':') ? "220 remote " WORLD_SERVER_V6 : "220 remote " WORLD_SERVER_V4;
}

static void test_refused_user_knows_at_once(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_reject_all(&setup);
        setup_apply(&setup);

        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                assert_refused_at_once(UID_REFUSED, GID_OTHER, remote_addresses[i], 25);
                assert_refused_at_once(UID_REFUSED, GID_OTHER, remote_addresses[i], 465);
                assert_refused_at_once(UID_REFUSED, GID_OTHER, remote_addresses[i], 587);
        }
        assert_refused_at_once(UID_REFUSED, GID_OTHER, "::ffff:" WORLD_REMOTE_V4, 25);
        g_assert_cmpuint(setup_counters().rejected, ==, 7);
}

static void test_root_mta_and_group_reach_the_remote(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup); /* with port 25 redirected for the others */
        setup_apply(&setup);

        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                const char *address = remote_addresses[i];

                for (unsigned port = 25; port <= 465; port += 440) {
                        assert_reaches(0, 0, address, (uint16_t) port, remote_greeting(address));
                        assert_reaches(UID_MTA,
                                       GID_OTHER,
                                       address,
                                       (uint16_t) port,
                                       remote_greeting(address));
                        assert_reaches(UID_REFUSED,
                                       GID_ALLOWED,
                                       address,
                                       (uint16_t) port,
                                       remote_greeting(address));
                }
        }
        g_assert_cmpuint(setup_counters().rejected + setup_counters().redirected, ==, 0);
}

static void test_own_addresses_and_other_ports_are_free(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);

        assert_reaches(UID_REFUSED, GID_OTHER, "127.0.0.1", 25, "220 local 127.0.0.1");
        assert_reaches(UID_REFUSED, GID_OTHER, "::1", 25, "220 local ::1");
        assert_reaches(UID_REFUSED, GID_OTHER, WORLD_SERVER_V4, 465, "220 local " WORLD_SERVER_V4);
        assert_reaches(UID_REFUSED, GID_OTHER, WORLD_SERVER_V6, 25, "220 local " WORLD_SERVER_V6);
        assert_reaches(UID_REFUSED,
                       GID_OTHER,
                       WORLD_REMOTE_V4,
                       2525,
                       "220 remote " WORLD_SERVER_V4);
}

static void test_redirected_user_meets_the_mta_from_loopback(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);

        assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local 127.0.0.1");
        assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 25, "220 local ::1");
        assert_reaches(UID_REFUSED,
                       GID_OTHER,
                       "::ffff:" WORLD_REMOTE_V4,
                       25,
                       "220 local 127.0.0.1");
        assert_refused_at_once(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        assert_refused_at_once(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 587);
        g_assert_cmpuint(setup_counters().redirected, ==, 3);
        g_assert_cmpuint(setup_counters().rejected, ==, 2);
}

/* Another table's translation to loopback for somebody who is allowed keeps its source. */
static void test_others_translations_are_left_alone(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);
        world_nft("add table ip other\n"
                  "add chain ip other output { type nat hook output priority -100; }\n"
                  "add rule ip other output ip daddr " WORLD_REMOTE_V4 " tcp dport 25 "
                  "dnat to 127.0.0.1\n");
        assert_reaches(UID_MTA, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local " WORLD_SERVER_V4);
        assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local 127.0.0.1");
        world_nft("delete table ip other\n");
}

static void test_observe_lets_through_and_counts(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *list = NULL;

        setup_init(&setup);
        setup.policy.observe = true;
        setup_apply(&setup);

        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                const char *address = remote_addresses[i];

                assert_reaches(UID_REFUSED, GID_OTHER, address, 25, remote_greeting(address));
                assert_reaches(UID_REFUSED, GID_OTHER, address, 465, remote_greeting(address));
                assert_reaches(UID_MTA, GID_OTHER, address, 25, remote_greeting(address));
        }
        assert_reaches(UID_REFUSED, GID_OTHER, "127.0.0.1", 25, "220 local 127.0.0.1");
        g_assert_cmpuint(setup_counters().observed, ==, 4);
        g_assert_cmpuint(setup_counters().rejected + setup_counters().redirected, ==, 0);
        list = world_list();
        g_assert_nonnull(strstr(list, "elements = { 1000 counter packets 4 "));
}

static void test_counters_and_attempts_live_through_reapply(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autofree char *list = NULL;

        setup_init(&setup);
        setup_apply(&setup);
        assert_refused_at_once(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        setup_reject_all(&setup);
        setup_apply(&setup);
        assert_refused_at_once(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 25);
        world_nft("add chain " TABLE " foreign\n"); /* makes the next one anew */
        setup_apply(&setup);
        assert_refused_at_once(UID_REFUSED + 1, GID_OTHER, WORLD_REMOTE_V6, 25);

        g_assert_cmpuint(setup_counters().rejected, ==, 3);
        list = world_list();
        g_assert_null(strstr(list, "foreign"));
        g_assert_nonnull(strstr(list, "1000 counter packets 2 "));
        g_assert_nonnull(strstr(list, "1001 counter packets 1 "));
}

/* `update` gives up on a full set; the verdict must not depend on it. */
static void test_full_set_of_attempts_still_refuses(void) {
        CLEANUP(setup_done) Setup setup = {};
        g_autoptr(GString) text = g_string_new("add element " TABLE " attempts { 100000");

        setup_init(&setup);
        setup_apply(&setup);
        for (unsigned i = 1; i < ATTEMPTS_MAX; i++)
                g_string_append_printf(text, ", %u", 100000 + i);
        g_string_append(text, "\n}\n");
        world_nft(text->str);

        assert_refused_at_once(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 25, "220 local ::1");
        g_assert_cmpuint(setup_counters().rejected, ==, 1);
}

/* The MTA queues a message and closes; the kernel goes on sending it without a socket to look at.
 */
static void check_queued_data(Setup *setup, uid_t uid, gid_t gid, const char *address) {
        static const char data[300000];
        int buffer = 1024 * 1024;
        unsigned ended = world.remote->ended;
        int fd;

        setup_apply(setup);
        fd = world_open(uid, gid, address, 587);
        g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)), ==, 0);
        g_assert_cmpint(send(fd, data, sizeof(data), MSG_DONTWAIT), ==, sizeof(data));
        close(fd);

        world_await(&world.remote->ended, ended + 1);
        g_assert_true(world.remote->clean);
        g_assert_cmpuint(world.remote->bytes, ==, sizeof(data));
}

static void test_queued_data_of_a_closed_socket_arrives(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        check_queued_data(&setup, UID_MTA, GID_OTHER, WORLD_REMOTE_V4); /* with redirect and cut */
        check_queued_data(&setup, UID_REFUSED, GID_ALLOWED, WORLD_REMOTE_V6);
        setup_reject_all(&setup);
        check_queued_data(&setup, UID_MTA, GID_OTHER, WORLD_REMOTE_V6);
        setup.policy.observe = true;
        check_queued_data(&setup, UID_MTA, GID_OTHER, WORLD_REMOTE_V4);
}

/* What a write over a connection that was open before the rules gives in the end. */
static int old_connection_error(uid_t uid, gid_t gid, const char *address, Setup *setup) {
        CLEANUP(fd_closep) int fd = -EBADF;
        FirewallState state = {};

        g_assert_cmpint(firewall_read_state(&state), ==, 0);
        if (state.present)
                world_nft("delete table " TABLE "\n");
        fd = world_open(uid, gid, address, 465);
        setup_apply(setup);
        if (send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL) < 0)
                return errno;
        /* a reset by the rule is there before send() returns */
        return send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static void test_old_connection_of_a_refused_user_is_cut(void) {
        CLEANUP(setup_done) Setup setup = {};
        uint64_t before;

        setup_init(&setup);
        setup.policy.cut_existing = TRISTATE_TRUE;
        for (unsigned redirect = 0; redirect < 2; redirect++) {
                for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++)
                        g_assert_cmpint(old_connection_error(
                                                        UID_REFUSED,
                                                        GID_OTHER,
                                                        remote_addresses[i],
                                                        &setup),
                                        ==,
                                        ECONNRESET);
                before = setup_counters().cut;
                g_assert_cmpuint(before, >, 0);
                setup_reject_all(&setup);
        }
}

static void test_old_connection_of_an_allowed_one_lives(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup.policy.cut_existing = TRISTATE_TRUE;
        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                const char *address = remote_addresses[i];

                g_assert_cmpint(old_connection_error(UID_MTA, GID_OTHER, address, &setup), ==, 0);
                g_assert_cmpint(old_connection_error(UID_REFUSED, GID_ALLOWED, address, &setup),
                                ==,
                                0);
        }
        g_assert_cmpuint(setup_counters().cut, ==, 0);
}

static void test_old_connection_lives_where_nothing_is_cut(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_reject_all(&setup);
        g_assert_cmpint(old_connection_error(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, &setup),
                        ==,
                        0);
}

/* A client in the remote's namespace, from port 26, to a service of an ordinary user here. */
static void check_inbound(const char *address) {
        CLEANUP(fd_closep) int listener = -EBADF;
        struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(8080) };
        int no = 0;
        int status;
        pid_t pid;

        listener = world_socket(AF_INET6, 33, 33);
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
        setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
        g_assert_cmpint(bind(listener, (struct sockaddr *) &any, sizeof(any)), ==, 0);
        g_assert_cmpint(listen(listener, 1), ==, 0);

        pid = fork();
        if (pid == 0) {
                g_autofree char *path = g_strdup_printf("/proc/%i/ns/net", (int) world.remote_pid);
                sa_family_t family = strchr(address, ':') ? AF_INET6 : AF_INET;
                struct sockaddr_in6 from = { .sin6_family = family, .sin6_port = htons(26) };
                char greeting[4];
                int fd;

                g_assert_cmpint(setns(open(path, O_RDONLY | O_CLOEXEC), CLONE_NEWNET), ==, 0);
                fd = world_socket(family, 0, 0);
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
                /* the same place for the port and zeroes for "any" in both families */
                g_assert_cmpint(bind(fd,
                                     (struct sockaddr *) &from,
                                     family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(from)),
                                ==,
                                0);
                _exit(world_connect(fd, address, 8080) == 0 && recv(fd, greeting, 4, 0) == 4
                                      ? EXIT_SUCCESS
                                      : EXIT_FAILURE);
        }

        CLEANUP(fd_closep) int peer = accept(listener, NULL, NULL);
        g_assert_cmpint(peer, >=, 0);
        g_assert_cmpint(send(peer, "220 ", 4, MSG_NOSIGNAL), ==, 4);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(status, ==, 0);
}

static void test_client_from_a_restricted_port_is_served(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup.policy.cut_existing = TRISTATE_TRUE;
        g_assert_cmpint(port_verdicts_add(&setup.facts.verdicts, 26, PORT_VERDICT_REJECT), ==, 0);
        setup_apply(&setup);
        check_inbound(WORLD_SERVER_V4);
        check_inbound(WORLD_SERVER_V6);
        g_assert_cmpuint(setup_counters().cut, ==, 0);
}

/* A first segment of our own looks like a local destination. */
static void test_routing_header_is_no_way_round(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(fd_closep) int fd = -EBADF;
        struct {
                struct ipv6_sr_hdr header;
                struct in6_addr segments[2];
        } routing = {
                .header = {
                        .hdrlen = 4,
                        .type = 4, /* segment routing; the only one that a user may set */
                        .segments_left = 1,
                        .first_segment = 1,
                },
                .segments[1] = IN6ADDR_LOOPBACK_INIT,
        };
        unsigned accepted = world.remote->accepted;

        setup_init(&setup);
        setup_reject_all(&setup);
        setup_apply(&setup);

        fd = world_socket(AF_INET6, UID_REFUSED, GID_OTHER);
        g_assert_cmpint(setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, &routing, sizeof(routing)), ==, 0);
        g_assert_cmpint(world_connect(fd, WORLD_REMOTE_V6, 25), !=, 0);
        g_assert_cmpuint(setup_counters().rejected, >, 0);
        g_assert_cmpuint(world.remote->accepted, ==, accepted);
}

/* Change the mode again and again under a storm of a refused user, who must never get through. */
static void test_no_connection_slips_through_a_switch(void) {
        CLEANUP(setup_done) Setup setup = {};
        unsigned accepted = world.remote->accepted;
        unsigned refused;
        unsigned tried;
        Storm storm;

        setup_init(&setup);
        setup_apply(&setup);
        storm = world_storm_begin(UID_REFUSED, 25);
        for (unsigned i = 0; i < 60; i++) {
                if (i % 2)
                        setup_reject_all(&setup);
                else
                        setup.facts.verdicts = port_verdicts_default;
                if (i % 5 == 0)
                        world_nft("add chain " TABLE " foreign\n"); /* made anew */
                setup_apply(&setup);
        }
        tried = world_storm_end(&storm, &refused);

        g_assert_cmpuint(tried, >, 100);
        g_assert_cmpuint(refused, >, 0);
        g_assert_cmpuint(refused, <, tried); /* the others met the local MTA */
        g_assert_cmpuint(world.remote->accepted, ==, accepted);
        g_test_message("%u tried, %u refused", tried, refused);
}

static void test_no_allowed_connection_is_refused_by_a_switch(void) {
        CLEANUP(setup_done) Setup setup = {};
        unsigned local = world.local->accepted;
        unsigned refused;
        unsigned tried;
        Storm storm;

        setup_init(&setup);
        setup_apply(&setup);
        storm = world_storm_begin(UID_MTA, 25);
        for (unsigned i = 0; i < 60; i++) {
                setup.policy.observe = i % 3 == 0;
                if (i % 2)
                        setup_reject_all(&setup);
                else
                        setup.facts.verdicts = port_verdicts_default;
                setup_apply(&setup);
        }
        tried = world_storm_end(&storm, &refused);

        g_assert_cmpuint(tried, >, 100);
        g_assert_cmpuint(refused, ==, 0);
        g_assert_cmpuint(world.local->accepted, ==, local);
}

static void test_observe_becomes_reject_at_once(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        for (unsigned i = 0; i < 10; i++) {
                setup.policy.observe = true;
                setup_apply(&setup);
                assert_reaches(UID_REFUSED,
                               GID_OTHER,
                               WORLD_REMOTE_V4,
                               25,
                               "220 remote " WORLD_SERVER_V4);
                setup.policy.observe = false;
                setup_apply(&setup);
                assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local 127.0.0.1");
                assert_refused_at_once(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        }
}

static uint64_t tracked_by(Setup *setup) {
        uint64_t before;
        uint64_t after;
        uint64_t max;

        setup_apply(setup);
        g_assert_cmpint(firewall_read_conntrack(&before, &max), ==, 0);
        g_assert_cmpuint(max, >, 0);
        for (unsigned i = 0; i < 10; i++)
                assert_reaches(UID_MTA,
                               GID_OTHER,
                               WORLD_REMOTE_V4,
                               2525,
                               "220 remote " WORLD_SERVER_V4);
        g_assert_cmpint(firewall_read_conntrack(&after, &max), ==, 0);
        return after - before;
}

/* In a namespace where connection tracking was on once, it goes off with its last user. */
static void test_connections_are_tracked_only_where_needed(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        g_assert_cmpuint(tracked_by(&setup), ==, 10);
        setup.policy.observe = true;
        g_assert_cmpuint(tracked_by(&setup), ==, 0);
        setup.policy.observe = false;
        setup_reject_all(&setup);
        g_assert_cmpuint(tracked_by(&setup), ==, 0);
        setup.policy.cut_existing = TRISTATE_TRUE;
        g_assert_cmpuint(tracked_by(&setup), ==, 10);
}

static void test_affected_connections_are_those_that_would_be_cut(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(affected_connections_done) AffectedConnections affected = {};
        CLEANUP(fd_closep) int refused = -EBADF;
        CLEANUP(fd_closep) int allowed = -EBADF;
        CLEANUP(fd_closep) int other_port = -EBADF;
        CLEANUP(fd_closep) int local = -EBADF;

        setup_init(&setup);
        refused = world_open(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 465);
        allowed = world_open(UID_MTA, GID_OTHER, WORLD_REMOTE_V4, 25);
        other_port = world_open(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 2525);
        local = world_socket(AF_INET, UID_REFUSED, GID_OTHER);
        g_assert_cmpint(world_connect(local, WORLD_SERVER_V4, 25), ==, 0);

        g_assert_cmpint(firewall_find_affected(&setup.policy, &setup.facts, &affected), ==, 0);
        g_assert_cmpuint(affected.count, ==, 1);
        g_assert_cmpuint(affected.items[0].uid, ==, UID_REFUSED);
        g_assert_cmpstr(affected.items[0].address, ==, WORLD_REMOTE_V6);
        g_assert_cmpuint(affected.items[0].port, ==, 465);
}

static void test_nothing_is_affected_where_nothing_is_cut(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(affected_connections_done) AffectedConnections affected = {};
        CLEANUP(fd_closep) int refused = -EBADF;

        setup_init(&setup);
        setup_reject_all(&setup);
        refused = world_open(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25);
        g_assert_cmpint(firewall_find_affected(&setup.policy, &setup.facts, &affected), ==, 0);
        g_assert_cmpuint(affected.count, ==, 0);
}

/* clang-format off */
static const struct {
        const char *name;
        void (*run)(void);
} tests[] = {
        { "/reject/refused-user-knows-at-once", test_refused_user_knows_at_once },
        { "/allow/root-mta-and-group-reach-the-remote", test_root_mta_and_group_reach_the_remote },
        { "/allow/own-addresses-and-other-ports-are-free", test_own_addresses_and_other_ports_are_free },
        { "/redirect/user-meets-the-mta-from-loopback", test_redirected_user_meets_the_mta_from_loopback },
        { "/redirect/others-translations-are-left-alone", test_others_translations_are_left_alone },
        { "/observe/lets-through-and-counts", test_observe_lets_through_and_counts },
        { "/count/lives-through-reapply", test_counters_and_attempts_live_through_reapply },
        { "/count/full-set-of-attempts-still-refuses", test_full_set_of_attempts_still_refuses },
        { "/allow/queued-data-of-a-closed-socket-arrives", test_queued_data_of_a_closed_socket_arrives },
        { "/cut/old-connection-of-a-refused-user", test_old_connection_of_a_refused_user_is_cut },
        { "/cut/old-connection-of-an-allowed-one-lives", test_old_connection_of_an_allowed_one_lives },
        { "/cut/old-connection-lives-where-nothing-is-cut", test_old_connection_lives_where_nothing_is_cut },
        { "/cut/client-from-a-restricted-port-is-served", test_client_from_a_restricted_port_is_served },
        { "/reject/routing-header-is-no-way-round", test_routing_header_is_no_way_round },
        { "/switch/no-connection-slips-through", test_no_connection_slips_through_a_switch },
        { "/switch/no-allowed-connection-is-refused", test_no_allowed_connection_is_refused_by_a_switch },
        { "/switch/observe-becomes-reject-at-once", test_observe_becomes_reject_at_once },
        { "/conntrack/only-where-needed", test_connections_are_tracked_only_where_needed },
        { "/affected/those-that-would-be-cut", test_affected_connections_are_those_that_would_be_cut },
        { "/affected/nothing-where-nothing-is-cut", test_nothing_is_affected_where_nothing_is_cut },
};
/* clang-format on */

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        world_init(&world);
        for (size_t i = 0; i < ELEMENTS_OF(tests); i++)
                g_test_add_func(tests[i].name, tests[i].run);
        return g_test_run();
}
