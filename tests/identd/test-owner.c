/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whose connection is it, for real connections and with the rules of this project, in a network
 * namespace of its own: there is no remote, whoever would connect to it is redirected.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "firewall/setup.h"
#include "identd/owner.h"
#include "util/fd.h"

#define UID_OTHER   1001
#define REMOTE_V4_2 "203.0.113.26"
#define REMOTE_V6_2 "2001:db8::26"
#define LEAVING_V4  "203.0.113.99"
#define LEAVING_V6  "2001:db8::99"
#define PORT_MTA    25
#define PORT_OWN    40000

/* of this process; filled once by main() */
static int listeners[2];

static void run(const char *command) {
        g_autoptr(GError) error = NULL;
        int status = -1;

        g_spawn_command_line_sync(command, NULL, NULL, &status, &error);
        g_assert_no_error(error);
        g_assert_cmpint(status, ==, 0);
}

static bool is_v6(const char *address) {
        return strchr(address, ':') != NULL;
}

static socklen_t fill(const char *text, uint16_t port, struct sockaddr_storage *ret) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

        *ret = (struct sockaddr_storage){};
        if (!is_v6(text)) {
                g_assert_cmpint(inet_pton(AF_INET, text, &in.sin_addr), ==, 1);
                memcpy(ret, &in, sizeof(in));
                return sizeof(in);
        }

        g_assert_cmpint(inet_pton(AF_INET6, text, &in6.sin6_addr), ==, 1);
        memcpy(ret, &in6, sizeof(in6));
        return sizeof(in6);
}

static void bind_to(int fd, const char *address, uint16_t port) {
        struct sockaddr_storage storage;
        socklen_t size = fill(address, port, &storage);
        int yes = 1;

        g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), ==, 0);
        g_assert_cmpint(bind(fd, (const struct sockaddr *) &storage, size), ==, 0);
}

static int listen_on(const char *address, uint16_t port, uid_t uid) {
        int fd = world_socket(is_v6(address) ? AF_INET6 : AF_INET, uid, GID_OTHER);
        int yes = 1;

        if (is_v6(address))
                g_assert_cmpint(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)),
                                ==,
                                0);
        bind_to(fd, address, port);
        g_assert_cmpint(listen(fd, 16), ==, 0);
        return fd;
}

/* A connection: the client's end, the mail server's, and what that sees. */
typedef struct Pair {
        int client; /* owned */
        int server; /* owned */
        TcpConnection arrived;
} Pair;

static void pair_done(Pair *pair) {
        fd_close(pair->client);
        fd_close(pair->server);
}

static void take_end(
                const struct sockaddr_storage *storage, struct in6_addr *address, uint16_t *port) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) storage;
        const struct sockaddr_in *in = (const struct sockaddr_in *) storage;

        *address = (struct in6_addr){};
        if (storage->ss_family == AF_INET6)
                *address = in6->sin6_addr;
        else
                memcpy(address, &in->sin_addr, 4);
        *port = ntohs(in6->sin6_port); /* at the same place in both */
}

static void look_from_the_server(Pair *pair) {
        struct sockaddr_storage peer = {}, own = {};
        socklen_t peer_size = sizeof(peer), own_size = sizeof(own);

        g_assert_cmpint(getpeername(pair->server, (struct sockaddr *) &peer, &peer_size), ==, 0);
        g_assert_cmpint(getsockname(pair->server, (struct sockaddr *) &own, &own_size), ==, 0);
        pair->arrived.family = peer.ss_family;
        take_end(&peer, &pair->arrived.source, &pair->arrived.source_port);
        take_end(&own, &pair->arrived.destination, &pair->arrived.destination_port);
}

/* Connect a socket that is there; a mapped address arrives over IPv4. Return: 0 or an errno. */
static int pair_connect(Pair *pair, int client, const char *address) {
        bool v6 = is_v6(address) && !g_str_has_prefix(address, "::ffff:");
        int error = world_connect(client, address, PORT_MTA);

        *pair = (Pair){ .client = client, .server = -EBADF };
        if (error != 0)
                return error;

        pair->server = accept4(listeners[v6], NULL, NULL, SOCK_CLOEXEC);
        g_assert_cmpint(pair->server, >=, 0);
        look_from_the_server(pair);
        return 0;
}

static void pair_open(Pair *pair, uid_t uid, const char *address) {
        int client = world_socket(is_v6(address) ? AF_INET6 : AF_INET, uid, GID_OTHER);

        g_assert_cmpint(pair_connect(pair, client, address), ==, 0);
}

static bool source_is(const Pair *pair, const char *address) {
        struct in6_addr wanted = {};

        g_assert_cmpint(inet_pton(is_v6(address) ? AF_INET6 : AF_INET, address, &wanted), ==, 1);
        return memcmp(&wanted, &pair->arrived.source, sizeof(wanted)) == 0;
}

static void assert_owner(const Pair *pair, uid_t uid) {
        CLEANUP(owner_finder_done) OwnerFinder finder = {};
        uint32_t found = UINT32_MAX;

        g_assert_cmpint(owner_finder_open(&finder), ==, 0);
        g_assert_cmpint(owner_find(&finder, &pair->arrived, &found), ==, 0);
        g_assert_cmpuint(found, ==, uid);
}

static void assert_none(const Pair *pair, int why) {
        CLEANUP(owner_finder_done) OwnerFinder finder = {};
        uint32_t found;

        g_assert_cmpint(owner_finder_open(&finder), ==, 0);
        g_assert_cmpint(owner_find(&finder, &pair->arrived, &found), ==, why);
}

static void assert_unknown(const Pair *pair) {
        assert_none(pair, OWNER_E_UNKNOWN);
}

static void assert_gone(const Pair *pair) {
        assert_none(pair, OWNER_E_GONE);
}

static void assert_owner_over(const char *address, const char *source) {
        CLEANUP(pair_done) Pair pair = {};

        pair_open(&pair, UID_REFUSED, address);
        g_assert_true(source_is(&pair, source));
        assert_owner(&pair, UID_REFUSED);
}

/* ------------------------------------------------------------------ where nothing is rewritten */

static void test_owner_is_found_over_loopback(void) {
        assert_owner_over("127.0.0.1", "127.0.0.1");
        assert_owner_over("127.0.0.53", "127.0.0.1");
        assert_owner_over("::1", "::1");
}

static void test_owner_of_a_mapped_socket_is_found(void) {
        assert_owner_over("::ffff:127.0.0.1", "127.0.0.1");
        assert_owner_over("::ffff:" WORLD_SERVER_V4, WORLD_SERVER_V4);
}

static void test_owner_is_found_over_own_public_addresses(void) {
        assert_owner_over(WORLD_SERVER_V4, WORLD_SERVER_V4);
        assert_owner_over(WORLD_SERVER_V6, WORLD_SERVER_V6);
}

static void assert_owner_bound_to(const char *interface, const char *address) {
        CLEANUP(pair_done) Pair pair = {};
        int client = world_socket(is_v6(address) ? AF_INET6 : AF_INET, UID_REFUSED, GID_OTHER);

        g_assert_cmpint(setsockopt(client,
                                   SOL_SOCKET,
                                   SO_BINDTODEVICE,
                                   interface,
                                   (socklen_t) strlen(interface)),
                        ==,
                        0);
        g_assert_cmpint(pair_connect(&pair, client, address), ==, 0);
        assert_owner(&pair, UID_REFUSED);
}

static void test_owner_who_binds_to_an_interface_is_found(void) {
        assert_owner_bound_to("lo", "127.0.0.1");
        assert_owner_bound_to("lo", "::ffff:127.0.0.1");
        assert_owner_bound_to("lo", "::1");
        assert_owner_bound_to("server", WORLD_SERVER_V4);
        assert_owner_bound_to("server", "::ffff:" WORLD_SERVER_V4);
        assert_owner_bound_to("server", WORLD_SERVER_V6);
}

/* Where the kernel has no MPTCP there is no such owner. */
static void test_owner_of_a_multipath_socket_is_found(void) {
        CLEANUP(pair_done) Pair pair = {};
        int client;

        g_assert_cmpint(seteuid(UID_OTHER), ==, 0);
        client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
        g_assert_cmpint(seteuid(0), ==, 0);
        if (client < 0)
                return;

        g_assert_cmpint(pair_connect(&pair, client, "127.0.0.1"), ==, 0);
        assert_owner(&pair, UID_OTHER);
}

static void test_half_closed_client_has_its_owner(void) {
        CLEANUP(pair_done) Pair pair = {};

        pair_open(&pair, UID_OTHER, "127.0.0.1");
        g_assert_cmpint(shutdown(pair.client, SHUT_WR), ==, 0);
        assert_owner(&pair, UID_OTHER);
}

/* ------------------------------------------------------------------------------ nobody's any more
 */

static void test_client_that_has_gone_is_nobody_and_not_root(void) {
        static const char *const addresses[] = { "127.0.0.1", "::1", "::ffff:127.0.0.1" };

        for (size_t i = 0; i < ELEMENTS_OF(addresses); i++) {
                CLEANUP(pair_done) Pair pair = {};

                pair_open(&pair, UID_OTHER, addresses[i]);
                pair.client = fd_close(pair.client);
                assert_gone(&pair);
        }
}

static void test_listener_on_the_port_of_a_client_that_has_gone_is_not_its_owner(void) {
        const struct linger at_once = { .l_onoff = 1 };
        CLEANUP(fd_closep) int listener = -EBADF;
        CLEANUP(pair_done) Pair pair = {};

        pair_open(&pair, UID_OTHER, "127.0.0.1");
        g_assert_cmpint(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
                        ==,
                        0);
        pair.client = fd_close(pair.client);
        listener = listen_on("127.0.0.1", pair.arrived.source_port, UID_REFUSED);
        assert_gone(&pair);
}

static void test_connection_from_elsewhere_is_unknown(void) {
        static const char *const addresses[] = { LEAVING_V4, LEAVING_V6 };

        for (size_t i = 0; i < ELEMENTS_OF(addresses); i++) {
                g_autofree char *command =
                                g_strdup_printf("ip address del %s/%i dev lo",
                                                addresses[i],
                                                is_v6(addresses[i]) ? 128 : 32);
                CLEANUP(pair_done) Pair pair = {};
                int client = world_socket(
                                is_v6(addresses[i]) ? AF_INET6 : AF_INET, UID_OTHER, GID_OTHER);

                bind_to(client, addresses[i], 0);
                g_assert_cmpint(pair_connect(&pair, client, addresses[i]), ==, 0);
                assert_owner(&pair, UID_OTHER);
                /* the socket is still there, its address is a stranger's */
                run(command);
                assert_unknown(&pair);
        }
}

/* ------------------------------------------------------------------------------------ redirected
 */

static void test_redirected_owner_is_found(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);
        assert_owner_over(WORLD_REMOTE_V4, "127.0.0.1");
        assert_owner_over(WORLD_REMOTE_V6, "::1");
        assert_owner_over("::ffff:" WORLD_REMOTE_V4, "127.0.0.1");
}

static void test_direct_owner_is_found_beside_redirected_ones(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);
        test_owner_is_found_over_loopback();
        test_owner_of_a_mapped_socket_is_found();
        test_owner_is_found_over_own_public_addresses();
        test_client_that_has_gone_is_nobody_and_not_root();
}

static void test_owner_redirected_by_others_rules_is_found(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup); /* and no rules of ours */
        world_nft("add table inet other\n"
                  "add chain inet other output { type nat hook output priority -100; }\n"
                  "add rule inet other output meta l4proto tcp tcp dport 25 "
                  "fib daddr type != local redirect to :25");
        assert_owner_over(WORLD_REMOTE_V4, WORLD_SERVER_V4);
        assert_owner_over(WORLD_REMOTE_V6, WORLD_SERVER_V6);
        world_nft("delete table inet other\n");
}

/* Both clients have the same port, and the mail server sees another one of the second. */
static void assert_told_apart(const char *from, const char *first_to, const char *second_to) {
        sa_family_t family = is_v6(from) ? AF_INET6 : AF_INET;
        CLEANUP(pair_done) Pair first = {}, second = {};
        int first_client = world_socket(family, UID_REFUSED, GID_OTHER);
        int second_client = world_socket(family, UID_OTHER, GID_OTHER);

        bind_to(first_client, from, PORT_OWN);
        bind_to(second_client, from, PORT_OWN);
        g_assert_cmpint(pair_connect(&first, first_client, first_to), ==, 0);
        g_assert_cmpint(pair_connect(&second, second_client, second_to), ==, 0);
        g_assert_cmpuint(first.arrived.source_port, !=, second.arrived.source_port);

        assert_owner(&first, UID_REFUSED);
        assert_owner(&second, UID_OTHER);
}

static void test_two_users_with_one_port_are_told_apart(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        setup_apply(&setup);
        assert_told_apart(WORLD_SERVER_V4, WORLD_REMOTE_V4, REMOTE_V4_2);
        assert_told_apart(WORLD_SERVER_V6, WORLD_REMOTE_V6, REMOTE_V6_2);
}

/* What the mail server sees of both would be the same, did the kernel not change the port of the
 * second: his own socket's ports are those of the first then. */
static void test_redirected_user_is_not_taken_for_one_on_loopback_with_his_port(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(pair_done) Pair redirected = {}, direct = {};
        int redirected_client, direct_client;

        setup_init(&setup);
        setup_apply(&setup);
        redirected_client = world_socket(AF_INET, UID_REFUSED, GID_OTHER);
        direct_client = world_socket(AF_INET, UID_OTHER, GID_OTHER);
        bind_to(redirected_client, WORLD_SERVER_V4, PORT_OWN + 1);
        bind_to(direct_client, "127.0.0.1", PORT_OWN + 1);
        g_assert_cmpint(pair_connect(&redirected, redirected_client, WORLD_REMOTE_V4), ==, 0);
        g_assert_cmpint(pair_connect(&direct, direct_client, "127.0.0.1"), ==, 0);
        g_assert_cmpuint(redirected.arrived.source_port, ==, PORT_OWN + 1);
        g_assert_cmpuint(direct.arrived.source_port, !=, PORT_OWN + 1);

        assert_owner(&redirected, UID_REFUSED);
        assert_owner(&direct, UID_OTHER);
}

static void test_redirected_client_that_has_gone_is_nobody(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(pair_done) Pair pair = {};

        setup_init(&setup);
        setup_apply(&setup);
        pair_open(&pair, UID_REFUSED, WORLD_REMOTE_V4);
        pair.client = fd_close(pair.client);
        assert_gone(&pair);
}

/* The kernel has IPv6 addresses ready a little later than it says. */
static void await_address(const char *address) {
        struct sockaddr_storage storage;
        socklen_t size = fill(address, 0, &storage);
        int r = -1;

        for (unsigned i = 0; i < 1000 && r < 0; i++) {
                CLEANUP(fd_closep) int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

                r = bind(fd, (const struct sockaddr *) &storage, size);
                if (r < 0)
                        g_usleep(10000);
        }
        g_assert_cmpint(r, ==, 0);
}

static void make_world(void) {
        g_assert_cmpint(geteuid(), ==, 0);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
        run("ip link set lo up");
        run("ip link add server type veth peer name nobody");
        run("ip address add " WORLD_SERVER_V4 "/24 dev server");
        run("ip address add " WORLD_SERVER_V6 "/64 dev server nodad");
        run("ip link set server up");
        run("ip link set nobody up");
        run("ip address add " LEAVING_V4 "/32 dev lo");
        run("ip address add " LEAVING_V6 "/128 dev lo");
        await_address(WORLD_SERVER_V6);
        await_address(LEAVING_V6);
        listeners[false] = listen_on("0.0.0.0", PORT_MTA, 0);
        listeners[true] = listen_on("::", PORT_MTA, 0);
}

int main(int argc, char *argv[]) {
        /* those without conntrack come first: the rules turn it on */
        static const struct {
                const char *name;
                void (*function)(void);
        } tests[] = {
                { "/owner/is-found-over-loopback", test_owner_is_found_over_loopback },
                { "/owner/of-a-mapped-socket-is-found", test_owner_of_a_mapped_socket_is_found },
                { "/owner/is-found-over-own-public-addresses",
                  test_owner_is_found_over_own_public_addresses },
                { "/owner/who-binds-to-an-interface-is-found",
                  test_owner_who_binds_to_an_interface_is_found },
                { "/owner/of-a-multipath-socket-is-found",
                  test_owner_of_a_multipath_socket_is_found },
                { "/owner/half-closed-client-has-its-owner",
                  test_half_closed_client_has_its_owner },
                { "/gone/client-and-not-root", test_client_that_has_gone_is_nobody_and_not_root },
                { "/gone/listener-on-its-port",
                  test_listener_on_the_port_of_a_client_that_has_gone_is_not_its_owner },
                { "/unknown/connection-from-elsewhere", test_connection_from_elsewhere_is_unknown },
                { "/redirected/owner-is-found", test_redirected_owner_is_found },
                { "/redirected/direct-owner-is-found-beside",
                  test_direct_owner_is_found_beside_redirected_ones },
                { "/redirected/by-others-rules", test_owner_redirected_by_others_rules_is_found },
                { "/redirected/two-users-with-one-port-are-told-apart",
                  test_two_users_with_one_port_are_told_apart },
                { "/redirected/is-not-taken-for-one-on-loopback-with-his-port",
                  test_redirected_user_is_not_taken_for_one_on_loopback_with_his_port },
                { "/redirected/client-that-has-gone-is-unknown",
                  test_redirected_client_that_has_gone_is_nobody },
        };

        g_test_init(&argc, &argv, NULL);
        make_world();
        for (size_t i = 0; i < ELEMENTS_OF(tests); i++)
                g_test_add_func(tests[i].name, tests[i].function);
        return g_test_run();
}
