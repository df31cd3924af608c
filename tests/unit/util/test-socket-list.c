/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <glib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/socket-list.h"

/* Listen on a free port. Returns the socket. */
static int listen_on(const struct sockaddr *address, socklen_t size, bool v6_only, uint16_t *port) {
        struct sockaddr_in6 bound = {};
        socklen_t bound_size = sizeof(bound);
        int only = v6_only;
        int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        g_assert_cmpint(fd, >=, 0);
        if (address->sa_family == AF_INET6)
                g_assert_cmpint(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)),
                                ==,
                                0);
        g_assert_cmpint(bind(fd, address, size), ==, 0);
        g_assert_cmpint(listen(fd, 8), ==, 0);
        g_assert_cmpint(getsockname(fd, (struct sockaddr *) &bound, &bound_size), ==, 0);
        *port = ntohs(bound.sin6_port); /* at the same place in both families */
        return fd;
}

static int listen_v4(const char *address, uint16_t *port) {
        struct sockaddr_in in = { .sin_family = AF_INET };

        g_assert_cmpint(inet_pton(AF_INET, address, &in.sin_addr), ==, 1);
        return listen_on((const struct sockaddr *) &in, sizeof(in), false, port);
}

static int listen_v6(const char *address, bool v6_only, uint16_t *port) {
        struct sockaddr_in6 in = { .sin6_family = AF_INET6 };

        g_assert_cmpint(inet_pton(AF_INET6, address, &in.sin6_addr), ==, 1);
        return listen_on((const struct sockaddr *) &in, sizeof(in), v6_only, port);
}

static void assert_listener(uint16_t port, bool v4, bool v6) {
        CLEANUP(socket_list_done) SocketList list = {};

        g_assert_cmpint(socket_list_read_listening(&list), ==, 0);
        g_assert_cmpint(socket_list_has_loopback_listener(&list, AF_INET, port), ==, v4);
        g_assert_cmpint(socket_list_has_loopback_listener(&list, AF_INET6, port), ==, v6);
}

static void test_listener_on_any_v4_takes_v4_alone(void) {
        uint16_t port;
        CLEANUP(fd_closep) int fd = listen_v4("0.0.0.0", &port);

        assert_listener(port, true, false);
}

static void test_listener_on_another_loopback_address_does_not_count(void) {
        uint16_t port;
        CLEANUP(fd_closep) int fd = listen_v4("127.0.0.2", &port);

        assert_listener(port, false, false);
}

static void test_dual_listener_takes_both(void) {
        uint16_t port;
        CLEANUP(fd_closep) int fd = listen_v6("::", false, &port);

        assert_listener(port, true, true);
}

static void test_v6_only_listener_takes_v6_alone(void) {
        uint16_t port;
        CLEANUP(fd_closep) int fd = listen_v6("::", true, &port);

        assert_listener(port, false, true);
}

static void test_mapped_listener_takes_v4_alone(void) {
        uint16_t port;
        CLEANUP(fd_closep) int fd = listen_v6("::ffff:127.0.0.1", false, &port);

        assert_listener(port, true, false);
}

static const SocketEntry *find_connection(const SocketList *list, uint16_t remote_port) {
        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].remote_port == remote_port)
                        return &list->items[i];

        return NULL;
}

static void test_connection_is_listed_with_owner_and_inode(void) {
        CLEANUP(socket_list_done) SocketList list = {};
        struct sockaddr_in peer = { .sin_family = AF_INET };
        const SocketEntry *entry;
        struct stat stat;
        uint16_t port;
        CLEANUP(fd_closep) int listener = listen_v4("127.0.0.1", &port);
        CLEANUP(fd_closep) int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        peer.sin_port = htons(port);
        g_assert_cmpint(connect(client, (const struct sockaddr *) &peer, sizeof(peer)), ==, 0);
        g_assert_cmpint(fstat(client, &stat), ==, 0);

        g_assert_cmpint(socket_list_read_connected(&list), ==, 0);
        entry = find_connection(&list, port);
        g_assert_nonnull(entry);
        g_assert_cmpint(entry->family, ==, AF_INET);
        g_assert_cmpuint(entry->uid, ==, getuid());
        g_assert_cmpuint(entry->inode, ==, stat.st_ino);
        g_assert_true(memcmp(&entry->remote, &peer.sin_addr, 4) == 0);
}

static void test_mapped_connection_is_listed_as_v4(void) {
        CLEANUP(socket_list_done) SocketList list = {};
        struct sockaddr_in6 peer = { .sin6_family = AF_INET6 };
        const SocketEntry *entry;
        uint16_t port;
        CLEANUP(fd_closep) int listener = listen_v4("127.0.0.1", &port);
        CLEANUP(fd_closep) int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

        g_assert_cmpint(inet_pton(AF_INET6, "::ffff:127.0.0.1", &peer.sin6_addr), ==, 1);
        peer.sin6_port = htons(port);
        g_assert_cmpint(connect(client, (const struct sockaddr *) &peer, sizeof(peer)), ==, 0);

        g_assert_cmpint(socket_list_read_connected(&list), ==, 0);
        entry = find_connection(&list, port);
        g_assert_nonnull(entry);
        g_assert_cmpint(entry->family, ==, AF_INET);
        g_assert_cmpuint(entry->remote.s6_addr[0], ==, 127);
        g_assert_cmpuint(entry->remote.s6_addr[15], ==, 0);
}

static void test_many_sockets_fill_several_datagrams(void) {
        CLEANUP(socket_list_done) SocketList list = {};
        int fds[600];
        uint16_t port;

        for (size_t i = 0; i < ELEMENTS_OF(fds); i++)
                fds[i] = listen_v4("127.0.0.1", &port);

        g_assert_cmpint(socket_list_read_listening(&list), ==, 0);
        g_assert_cmpuint(list.count, >=, ELEMENTS_OF(fds));
        for (size_t i = 0; i < ELEMENTS_OF(fds); i++)
                fd_close(fds[i]);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/socket-list/listener-on-any-v4-takes-v4-alone",
                        test_listener_on_any_v4_takes_v4_alone);
        g_test_add_func("/socket-list/listener-on-another-loopback-address-does-not-count",
                        test_listener_on_another_loopback_address_does_not_count);
        g_test_add_func("/socket-list/dual-listener-takes-both", test_dual_listener_takes_both);
        g_test_add_func("/socket-list/v6-only-listener-takes-v6-alone",
                        test_v6_only_listener_takes_v6_alone);
        g_test_add_func("/socket-list/mapped-listener-takes-v4-alone",
                        test_mapped_listener_takes_v4_alone);
        g_test_add_func("/socket-list/connection-is-listed-with-owner-and-inode",
                        test_connection_is_listed_with_owner_and_inode);
        g_test_add_func("/socket-list/mapped-connection-is-listed-as-v4",
                        test_mapped_connection_is_listed_as_v4);
        g_test_add_func("/socket-list/many-sockets-fill-several-datagrams",
                        test_many_sockets_fill_several_datagrams);
        return g_test_run();
}
