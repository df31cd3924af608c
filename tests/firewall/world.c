/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firewall/ruleset.h"
#include "util/fd.h"
#include "world.h"

#define CONNECTIONS_MAX 1024
#define PORT_SLOW       587

static const uint16_t server_ports[] = { 25, 465, PORT_SLOW, 2525 };

static void run(const char *command) {
        g_autoptr(GError) error = NULL;
        int status = -1;

        g_spawn_command_line_sync(command, NULL, NULL, &status, &error);
        g_assert_no_error(error);
        g_assert_cmpint(status, ==, 0);
}

void *world_share(size_t size) {
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        g_assert_true(memory != MAP_FAILED);
        return memory;
}

static socklen_t fill_address(const char *text, uint16_t port, struct sockaddr_storage *ret) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

        *ret = (struct sockaddr_storage){};
        if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
                memcpy(ret, &in, sizeof(in));
                return sizeof(in);
        }

        g_assert_cmpint(inet_pton(AF_INET6, text, &in6.sin6_addr), ==, 1);
        memcpy(ret, &in6, sizeof(in6));
        return sizeof(in6);
}

static int listen_on(const char *address, uint16_t port) {
        struct sockaddr_storage storage;
        socklen_t size = fill_address(address, port, &storage);
        int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int yes = 1;
        int window = 4096;

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), ==, 0);
        if (storage.ss_family == AF_INET6)
                g_assert_cmpint(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)),
                                ==,
                                0);
        if (port == PORT_SLOW)
                g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window)),
                                ==,
                                0);
        g_assert_cmpint(bind(fd, (const struct sockaddr *) &storage, size), ==, 0);
        g_assert_cmpint(listen(fd, 512), ==, 0);
        return fd;
}

/* One mail server: greets, then reads to the end. */
typedef struct Server {
        const char *name;
        Seen *seen;
        struct pollfd fds[ELEMENTS_OF(server_ports) * 2 + CONNECTIONS_MAX];
        size_t bytes[ELEMENTS_OF(server_ports) * 2 + CONNECTIONS_MAX];
        size_t listeners;
        size_t count;
} Server;

static void server_greet(const Server *server, int fd) {
        struct sockaddr_storage peer = {};
        socklen_t size = sizeof(peer);
        char host[INET6_ADDRSTRLEN] = "";
        char line[128];
        int length;

        IGNORE_RESULT(getpeername(fd, (struct sockaddr *) &peer, &size)); /* may be gone already */
        if (peer.ss_family == AF_INET)
                inet_ntop(AF_INET, &((struct sockaddr_in *) &peer)->sin_addr, host, sizeof(host));
        else
                inet_ntop(AF_INET6,
                          &((struct sockaddr_in6 *) &peer)->sin6_addr,
                          host,
                          sizeof(host));

        length = snprintf(line, sizeof(line), "220 %s %s\r\n", server->name, host);
        IGNORE_RESULT(send(fd, line, (size_t) length, MSG_NOSIGNAL)); /* likewise */
}

static void server_accept(Server *server, int listener) {
        while (server->count < ELEMENTS_OF(server->fds)) {
                int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0)
                        return;

                server->seen->accepted++;
                server_greet(server, fd);
                server->bytes[server->count] = 0;
                server->fds[server->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
        }
}

/* Returns false when the connection has ended. */
static bool server_read(Server *server, size_t i) {
        char buffer[2048];
        ssize_t n = recv(server->fds[i].fd, buffer, sizeof(buffer), 0);

        if (n < 0 && errno == EAGAIN)
                return true;
        if (n > 0) {
                server->bytes[i] += (size_t) n;
                g_usleep(200); /* so that data stays queued at a sender who has closed */
                return true;
        }

        server->seen->bytes = server->bytes[i];
        server->seen->clean = n == 0;
        server->seen->ended++;
        fd_close(server->fds[i].fd);
        return false;
}

static void server_loop(Server *server) {
        for (;;) {
                if (poll(server->fds, server->count, -1) < 0)
                        _exit(EXIT_FAILURE);

                for (size_t i = server->count; i-- > server->listeners;) {
                        if (server->fds[i].revents == 0 || server_read(server, i))
                                continue;
                        server->count--;
                        server->fds[i] = server->fds[server->count];
                        server->bytes[i] = server->bytes[server->count];
                }
                for (size_t i = 0; i < server->listeners; i++)
                        if (server->fds[i].revents & POLLIN)
                                server_accept(server, server->fds[i].fd);
        }
}

static void server_run(const char *name, Seen *seen, int ready_fd) {
        static Server server; /* too large for the stack; the child has one */

        server.name = name;
        server.seen = seen;
        for (size_t i = 0; i < ELEMENTS_OF(server_ports); i++) {
                server.fds[server.count++] = (struct pollfd){
                        .fd = listen_on("0.0.0.0", server_ports[i]),
                        .events = POLLIN,
                };
                server.fds[server.count++] = (struct pollfd){
                        .fd = listen_on("::", server_ports[i]),
                        .events = POLLIN,
                };
        }
        server.listeners = server.count;

        g_assert_cmpint(write(ready_fd, "", 1), ==, 1);
        server_loop(&server);
}

static void await_byte(int fd) {
        struct pollfd pollfd = { .fd = fd, .events = POLLIN };
        char byte;

        g_assert_cmpint(poll(&pollfd, 1, 10000), ==, 1);
        g_assert_cmpint(read(fd, &byte, 1), ==, 1);
}

pid_t world_fork(void) {
        pid_t pid = fork();

        g_assert_cmpint(pid, >=, 0);
        if (pid == 0)
                prctl(PR_SET_PDEATHSIG, SIGKILL);
        return pid;
}

static void start_local(World *world) {
        int ready[2];

        g_assert_cmpint(pipe(ready), ==, 0);
        world->local_pid = world_fork();
        if (world->local_pid == 0)
                server_run("local", world->local, ready[1]);
        await_byte(ready[0]);
}

static void start_remote(World *world) {
        g_autofree char *command = NULL;
        int ready[2];
        int go[2];

        g_assert_cmpint(pipe(ready), ==, 0);
        g_assert_cmpint(pipe(go), ==, 0);
        world->remote_pid = world_fork();
        if (world->remote_pid == 0) {
                g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
                g_assert_cmpint(write(ready[1], "", 1), ==, 1);
                await_byte(go[0]);
                run("ip address add " WORLD_REMOTE_V4 "/24 dev remote");
                run("ip address add " WORLD_REMOTE_V6 "/64 dev remote nodad");
                run("ip link set lo up");
                run("ip link set remote up");
                run("ip route add local " WORLD_NETWORK_V4 " dev lo");
                run("ip -6 route add local " WORLD_NETWORK_V6 " dev lo");
                server_run("remote", world->remote, ready[1]);
        }

        await_byte(ready[0]);
        command =
                        g_strdup_printf("ip link add server type veth peer name remote netns %i",
                                        (int) world->remote_pid);
        run(command);
        run("ip address add " WORLD_SERVER_V4 "/24 dev server");
        run("ip address add " WORLD_SERVER_V6 "/64 dev server nodad");
        run("ip link set server up");
        run("ip route add " WORLD_NETWORK_V4 " via " WORLD_REMOTE_V4);
        run("ip -6 route add " WORLD_NETWORK_V6 " via " WORLD_REMOTE_V6);
        g_assert_cmpint(write(go[1], "", 1), ==, 1);
        await_byte(ready[0]);
}

void world_init(World *world) {
        g_assert_cmpint(geteuid(), ==, 0);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
        *world = (World){ .remote = world_share(sizeof(Seen)), .local = world_share(sizeof(Seen)) };
        world->remote->v4 = WORLD_REMOTE_V4;
        world->remote->v6 = WORLD_REMOTE_V6;
        world->local->v4 = "127.0.0.1";
        world->local->v6 = "::1";
        run("ip link set lo up");
        start_local(world);
        start_remote(world);
}

int world_run_tests(World *world, int argc, char *argv[], const WorldTest tests[], size_t count) {
        g_test_init(&argc, &argv, NULL);
        world_init(world);
        for (size_t i = 0; i < count; i++)
                g_test_add_func(tests[i].name, tests[i].run);

        return g_test_run();
}

int world_socket(sa_family_t family, uid_t uid, gid_t gid) {
        const struct timeval patience = { .tv_sec = 10 };
        int fd;

        g_assert_cmpint(setegid(gid), ==, 0);
        g_assert_cmpint(seteuid(uid), ==, 0);
        fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        g_assert_cmpint(seteuid(0), ==, 0);
        g_assert_cmpint(setegid(0), ==, 0);

        g_assert_cmpint(fd, >=, 0);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        return fd;
}

int world_connect(int fd, const char *address, uint16_t port) {
        struct sockaddr_storage storage;
        socklen_t size = fill_address(address, port, &storage);

        return connect(fd, (const struct sockaddr *) &storage, size) < 0 ? errno : 0;
}

static int socket_for(uid_t uid, gid_t gid, const char *address) {
        return world_socket(strchr(address, ':') ? AF_INET6 : AF_INET, uid, gid);
}

static void read_greeting(int fd, char *greeting, size_t size) {
        ssize_t n = recv(fd, greeting, size - 1, 0);

        greeting[n > 0 ? n : 0] = '\0';
        greeting[strcspn(greeting, "\r\n")] = '\0';
}

Outcome world_try(uid_t uid, gid_t gid, const char *address, uint16_t port) {
        Outcome outcome = {};
        CLEANUP(fd_closep) int fd = socket_for(uid, gid, address);

        outcome.error = world_connect(fd, address, port);
        if (outcome.error == 0)
                read_greeting(fd, outcome.greeting, sizeof(outcome.greeting));

        return outcome;
}

void world_assert_reaches(
                uid_t uid, gid_t gid, const char *address, uint16_t port, const char *greeting) {
        Outcome outcome = world_try(uid, gid, address, port);

        g_assert_cmpint(outcome.error, ==, 0);
        g_assert_cmpstr(outcome.greeting, ==, greeting);
}

void world_assert_refused(uid_t uid, gid_t gid, const char *address, uint16_t port) {
        g_assert_cmpint(world_try(uid, gid, address, port).error, ==, ECONNREFUSED);
}

int world_open(uid_t uid, gid_t gid, const char *address, uint16_t port) {
        int fd = socket_for(uid, gid, address);
        char greeting[80];

        g_assert_cmpint(world_connect(fd, address, port), ==, 0);
        read_greeting(fd, greeting, sizeof(greeting));
        g_assert_true(g_str_has_prefix(greeting, "220 remote "));
        return fd;
}

unsigned world_count_accepted(Seen *seen) {
        const char *const addresses[] = { seen->v4, seen->v6 };

        /* each of its listeners accepts in order of arrival, and greets then */
        for (size_t i = 0; i < ELEMENTS_OF(addresses); i++) {
                Outcome outcome = world_try(0, 0, addresses[i], 25);

                g_assert_true(g_str_has_prefix(outcome.greeting, "220 "));
        }

        seen->own += ELEMENTS_OF(addresses);
        return seen->accepted - seen->own;
}

void world_await(atomic_uint *counter, unsigned at_least) {
        for (unsigned i = 0; i < 10000 && *counter < at_least; i++)
                g_usleep(1000);
        g_assert_cmpuint(*counter, >=, at_least);
}

static void run_nft(const char *text, char **ret_output) {
        struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);

        g_assert_nonnull(context);
        nft_ctx_buffer_output(context);
        nft_ctx_buffer_error(context);
        nft_ctx_output_set_flags(context, NFT_CTX_OUTPUT_HANDLE);
        if (nft_run_cmd_from_buffer(context, text) != 0)
                g_error("nft: %s", nft_ctx_get_error_buffer(context));
        if (ret_output)
                *ret_output = g_strdup(nft_ctx_get_output_buffer(context));
        nft_ctx_free(context);
}

void world_nft(const char *text) {
        run_nft(text, NULL);
}

char *world_list(void) {
        char *output = NULL;

        run_nft("list table inet " RULESET_TABLE, &output);
        return output;
}

uint64_t world_read_counter(const char *counter) {
        g_autofree char *command = g_strdup_printf("list counter %s", counter);
        g_autofree char *output = NULL;
        const char *packets;

        run_nft(command, &output);
        packets = strstr(output, "packets ");
        g_assert_nonnull(packets);
        return g_ascii_strtoull(packets + strlen("packets "), NULL, 10);
}

char *world_list_stable(void) {
        g_autofree char *text = world_list();
        g_autoptr(GRegex) moving =
                        g_regex_new("expires [0-9a-z]+|packets [0-9]+ bytes [0-9]+|# handle [0-9]+",
                                    0,
                                    0,
                                    NULL);

        return g_regex_replace(moving, text, -1, 0, "", 0, NULL);
}
