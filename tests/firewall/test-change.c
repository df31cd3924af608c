/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup.h"
#include "storm.h"
#include "util/fd.h"

#define TABLE "inet " RULESET_TABLE

static const char *const remote_addresses[] = { WORLD_REMOTE_V4, WORLD_REMOTE_V6 };

/* of this process; filled once by main() */
static World world;

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

/* Change the mode again and again under a storm of a refused user, who must never get through. */
static void test_no_connection_slips_through_a_switch(void) {
        CLEANUP(setup_done) Setup setup = {};
        unsigned accepted = world_count_accepted(world.remote);
        unsigned refused;
        unsigned tried;
        Storm storm;

        setup_init(&setup);
        setup_apply(&setup);
        storm = storm_begin(UID_REFUSED, 25);
        for (unsigned i = 0; i < 60; i++) {
                if (i % 2)
                        setup_reject_all(&setup);
                else
                        setup.facts.verdicts = port_verdicts_default;
                if (i % 5 == 0)
                        world_nft("add chain " TABLE " foreign\n"); /* made anew */
                setup_apply(&setup);
        }
        tried = storm_end(&storm, &refused);

        g_assert_cmpuint(tried, >, 100);
        g_assert_cmpuint(refused, >, 0);
        g_assert_cmpuint(refused, <, tried); /* the others met the local MTA */
        g_assert_cmpuint(world_count_accepted(world.remote), ==, accepted);
        g_test_message("%u tried, %u refused", tried, refused);
}

static void test_no_allowed_connection_is_refused_by_a_switch(void) {
        CLEANUP(setup_done) Setup setup = {};
        RulesetCounters counters;
        unsigned refused;
        unsigned tried;
        Storm storm;

        setup_init(&setup);
        setup_apply(&setup);
        storm = storm_begin(UID_MTA, 25);
        for (unsigned i = 0; i < 60; i++) {
                setup.policy.observe = i % 3 == 0;
                if (i % 2)
                        setup_reject_all(&setup);
                else
                        setup.facts.verdicts = port_verdicts_default;
                setup_apply(&setup);
        }
        tried = storm_end(&storm, &refused);

        g_assert_cmpuint(tried, >, 100);
        g_assert_cmpuint(refused, ==, 0);
        counters = setup_counters();
        g_assert_cmpuint(counters.rejected + counters.redirected + counters.observed, ==, 0);
}

static void test_observe_becomes_reject_at_once(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        for (unsigned i = 0; i < 10; i++) {
                setup.policy.observe = true;
                setup_apply(&setup);
                world_assert_reaches(
                                UID_REFUSED,
                                GID_OTHER,
                                WORLD_REMOTE_V4,
                                25,
                                "220 remote " WORLD_SERVER_V4);
                setup.policy.observe = false;
                setup_apply(&setup);
                world_assert_reaches(
                                UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local 127.0.0.1");
                world_assert_refused(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        }
}

/* clang-format off */
static const WorldTest tests[] = {
        { "/cut/old-connection-of-a-refused-user", test_old_connection_of_a_refused_user_is_cut },
        { "/cut/old-connection-of-an-allowed-one-lives", test_old_connection_of_an_allowed_one_lives },
        { "/cut/old-connection-lives-where-nothing-is-cut", test_old_connection_lives_where_nothing_is_cut },
        { "/cut/client-from-a-restricted-port-is-served", test_client_from_a_restricted_port_is_served },
        { "/switch/no-connection-slips-through", test_no_connection_slips_through_a_switch },
        { "/switch/no-allowed-connection-is-refused", test_no_allowed_connection_is_refused_by_a_switch },
        { "/switch/observe-becomes-reject-at-once", test_observe_becomes_reject_at_once },
};
/* clang-format on */

int main(int argc, char *argv[]) {
        return world_run_tests(&world, argc, argv, tests, ELEMENTS_OF(tests));
}
