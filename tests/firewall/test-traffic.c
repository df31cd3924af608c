/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/seg6.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup.h"
#include "unit/firewall/grant.h"
#include "util/fd.h"

#define TABLE "inet " RULESET_TABLE

static const char *const remote_addresses[] = { WORLD_REMOTE_V4, WORLD_REMOTE_V6 };

/* of this process; filled once by main() */
static World world;

static const char *remote_greeting(const char *address) {
        return strchr(address, ':') ? "220 remote " WORLD_SERVER_V6 : "220 remote " WORLD_SERVER_V4;
}

static void test_refused_user_knows_at_once(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_reject_all(&setup);
        setup_apply(&setup);

        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                world_assert_refused(UID_REFUSED, GID_OTHER, remote_addresses[i], 25);
                world_assert_refused(UID_REFUSED, GID_OTHER, remote_addresses[i], 465);
                world_assert_refused(UID_REFUSED, GID_OTHER, remote_addresses[i], 587);
        }
        world_assert_refused(UID_REFUSED, GID_OTHER, "::ffff:" WORLD_REMOTE_V4, 25);
        g_assert_cmpuint(setup_counters().rejected, ==, 7);
}

static void test_root_mta_and_group_reach_the_remote(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup); /* with port 25 redirected for the others */
        setup_apply(&setup);

        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                const char *address = remote_addresses[i];

                for (unsigned port = 25; port <= 465; port += 440) {
                        world_assert_reaches(
                                        0, 0, address, (uint16_t) port, remote_greeting(address));
                        world_assert_reaches(
                                        UID_MTA,
                                        GID_OTHER,
                                        address,
                                        (uint16_t) port,
                                        remote_greeting(address));
                        world_assert_reaches(
                                        UID_REFUSED,
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

        world_assert_reaches(UID_REFUSED, GID_OTHER, "127.0.0.1", 25, "220 local 127.0.0.1");
        world_assert_reaches(UID_REFUSED, GID_OTHER, "::1", 25, "220 local ::1");
        world_assert_reaches(
                        UID_REFUSED, GID_OTHER, WORLD_SERVER_V4, 465, "220 local " WORLD_SERVER_V4);
        world_assert_reaches(
                        UID_REFUSED, GID_OTHER, WORLD_SERVER_V6, 25, "220 local " WORLD_SERVER_V6);
        world_assert_reaches(
                        UID_REFUSED,
                        GID_OTHER,
                        WORLD_REMOTE_V4,
                        2525,
                        "220 remote " WORLD_SERVER_V4);
}

static void test_redirected_user_meets_the_mta_from_loopback(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);

        world_assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local 127.0.0.1");
        world_assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 25, "220 local ::1");
        world_assert_reaches(
                        UID_REFUSED,
                        GID_OTHER,
                        "::ffff:" WORLD_REMOTE_V4,
                        25,
                        "220 local 127.0.0.1");
        world_assert_refused(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        world_assert_refused(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 587);
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
        world_assert_reaches(UID_MTA, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local " WORLD_SERVER_V4);
        world_assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25, "220 local 127.0.0.1");
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

                world_assert_reaches(UID_REFUSED, GID_OTHER, address, 25, remote_greeting(address));
                world_assert_reaches(
                                UID_REFUSED, GID_OTHER, address, 465, remote_greeting(address));
                world_assert_reaches(UID_MTA, GID_OTHER, address, 25, remote_greeting(address));
        }
        world_assert_reaches(UID_REFUSED, GID_OTHER, "127.0.0.1", 25, "220 local 127.0.0.1");
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
        world_assert_refused(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        setup_reject_all(&setup);
        setup_apply(&setup);
        world_assert_refused(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 25);
        world_nft("add chain " TABLE " foreign\n"); /* makes the next one anew */
        setup_apply(&setup);
        world_assert_refused(UID_REFUSED + 1, GID_OTHER, WORLD_REMOTE_V6, 25);

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
        for (unsigned i = 1; i < ATTEMPTS_USERS_MAX; i++)
                g_string_append_printf(text, ", %u", 100000 + i);
        g_string_append(text, "\n}\n");
        world_nft(text->str);

        world_assert_refused(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 465);
        world_assert_reaches(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 25, "220 local ::1");
        g_assert_cmpuint(setup_counters().rejected, ==, 1);
}

/* The MTA queues a message and closes; the kernel goes on sending it without a socket to look at.
 */
static void queue_and_close(uid_t uid, gid_t gid, const char *address, size_t size) {
        int buffer = 4 * 1024 * 1024;
        CLEANUP(freep) char *data = calloc(1, size);
        CLEANUP(fd_closep) int fd = world_open(uid, gid, address, 587);

        g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)), ==, 0);
        g_assert_cmpint(send(fd, data, size, MSG_DONTWAIT), ==, (ssize_t) size);
}

static void await_complete(unsigned ended_before, size_t size) {
        world_await(&world.remote->ended, ended_before + 1);
        g_assert_true(world.remote->clean);
        g_assert_cmpuint(world.remote->bytes, ==, size);
}

static void check_queued_data(Setup *setup, uid_t uid, gid_t gid, const char *address) {
        unsigned ended = world.remote->ended;

        setup_apply(setup);
        queue_and_close(uid, gid, address, 300000);
        await_complete(ended, 300000);
}

/* Everything from the remote is lost until the kernel has tried twice to go on with a connection.
 */
static void lose_answers_until_retried(Setup *setup) {
        world_nft("add table inet lossy\n"
                  "add counter inet lossy tries\n"
                  "add chain inet lossy input { type filter hook prerouting priority -400; }\n"
                  "add chain inet lossy output { type filter hook output priority 300; }\n"
                  "add rule inet lossy input tcp sport 587 drop\n");
        setup_apply(setup);
        world_nft("add rule inet lossy output tcp dport 587 counter name tries\n");
        for (unsigned i = 0; i < 8000 && world_read_counter("inet lossy tries") < 2; i++)
                g_usleep(1000);
        g_assert_cmpuint(world_read_counter("inet lossy tries"), >=, 2);
        world_nft("delete table inet lossy\n");
}

/*
 * Connection tracking goes on with the first redirect. For nat chains the next packet of every
 * connection is a first one then, also one that has no socket any more.
 */
static void test_queued_data_survives_the_first_redirect(void) {
        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                CLEANUP(setup_done) Setup setup = {};
                unsigned ended = world.remote->ended;

                setup_init(&setup);
                setup.facts.verdicts.entries[2].verdict = PORT_VERDICT_REDIRECT; /* 587 */
                queue_and_close(UID_MTA, GID_OTHER, remote_addresses[i], 1000000);
                lose_answers_until_retried(&setup);

                g_assert_cmpuint(setup_counters().redirected, ==, 0);
                await_complete(ended, 1000000);
        }
}

static void test_queued_data_of_a_closed_socket_arrives(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup); /* with redirect and cut */
        check_queued_data(&setup, UID_MTA, GID_OTHER, WORLD_REMOTE_V4);
        check_queued_data(&setup, UID_REFUSED, GID_ALLOWED, WORLD_REMOTE_V6);
        setup_reject_all(&setup);
        check_queued_data(&setup, UID_MTA, GID_OTHER, WORLD_REMOTE_V6);
        setup.policy.observe = true;
        check_queued_data(&setup, UID_MTA, GID_OTHER, WORLD_REMOTE_V4);
}

static void test_queued_data_of_an_excepted_user_arrives(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup); /* with redirect and cut */
        name_subjects(&setup.facts.subjects, 1, 0);
        grant(&setup.policy.exceptions, "user:u0", WORLD_NETWORK_V4, NULL, "reject", 0);
        grant(&setup.policy.exceptions, "user:u0", NULL, NULL, "allow", 0);
        check_queued_data(&setup, UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4);
        check_queued_data(&setup, UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6);
        check_queued_data(&setup, UID_MTA, GID_OTHER, WORLD_REMOTE_V4);
}

/* A first segment of our own looks like a local destination. */
static void check_routing_header(Setup *setup) {
        CLEANUP(fd_closep) int fd = -EBADF;
        union {
                struct ipv6_sr_hdr header; /* two segments follow it */
                uint8_t bytes[sizeof(struct ipv6_sr_hdr) + 2 * sizeof(struct in6_addr)];
        } routing = {
                .header = {
                        .hdrlen = 4,
                        .type = 4, /* segment routing; the only one that a user may set */
                        .segments_left = 1,
                        .first_segment = 1,
                },
        };
        unsigned accepted = world_count_accepted(world.remote);

        memcpy(&routing.header.segments[1], &in6addr_loopback, sizeof(in6addr_loopback));
        setup_reject_all(setup);
        setup_apply(setup);

        fd = world_socket(AF_INET6, UID_REFUSED, GID_OTHER);
        g_assert_cmpint(setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, &routing, sizeof(routing)), ==, 0);
        g_assert_cmpint(world_connect(fd, WORLD_REMOTE_V6, 25), !=, 0);
        g_assert_cmpuint(setup_counters().rejected, >, 0);
        g_assert_cmpuint(world_count_accepted(world.remote), ==, accepted);
}

static void test_routing_header_is_no_way_round(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        check_routing_header(&setup);
}

/* What he may reach without, he could otherwise name as the first segment. */
static void test_routing_header_is_no_way_round_an_exception(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_allow(&setup, UID_REFUSED);
        name_subjects(&setup.facts.subjects, 1, 0);
        grant(&setup.policy.exceptions, "user:u0", WORLD_NETWORK_V6, NULL, "reject", 0);
        check_routing_header(&setup);
}

/* clang-format off */
static const WorldTest tests[] = {
        { "/reject/refused-user-knows-at-once", test_refused_user_knows_at_once },
        { "/allow/root-mta-and-group-reach-the-remote", test_root_mta_and_group_reach_the_remote },
        { "/allow/own-addresses-and-other-ports-are-free", test_own_addresses_and_other_ports_are_free },
        { "/redirect/user-meets-the-mta-from-loopback", test_redirected_user_meets_the_mta_from_loopback },
        { "/redirect/others-translations-are-left-alone", test_others_translations_are_left_alone },
        { "/observe/lets-through-and-counts", test_observe_lets_through_and_counts },
        { "/count/lives-through-reapply", test_counters_and_attempts_live_through_reapply },
        { "/count/full-set-of-attempts-still-refuses", test_full_set_of_attempts_still_refuses },
        { "/allow/queued-data-of-a-closed-socket-arrives", test_queued_data_of_a_closed_socket_arrives },
        { "/allow/queued-data-survives-the-first-redirect", test_queued_data_survives_the_first_redirect },
        { "/allow/queued-data-of-an-excepted-user-arrives", test_queued_data_of_an_excepted_user_arrives },
        { "/reject/routing-header-is-no-way-round", test_routing_header_is_no_way_round },
        { "/reject/routing-header-is-no-way-round-an-exception", test_routing_header_is_no_way_round_an_exception },
};
/* clang-format on */

int main(int argc, char *argv[]) {
        return world_run_tests(&world, argc, argv, tests, ELEMENTS_OF(tests));
}
