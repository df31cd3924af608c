/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "identd/ask.h"
#include "identd/owner.h"
#include "identd/server.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"
#include "util/peer.h"

#define CLIENTS_MAX   64
#define IDLE_USEC     (5 * 60 * USEC_PER_SEC)
#define ACCURACY_USEC USEC_PER_SEC
#define ANSWER_MAX    16

typedef struct Client {
        Server *server;
        sd_event_source *source; /* owned; NULL: this place is free */
        int fd;                  /* owned */
        char line[ASK_LINE_MAX];
        size_t size;
} Client;

struct Server {
        uid_t peer_uid;
        OwnerFinder finder;
        sd_event_source *listening; /* owned */
        sd_event_source *idle;      /* owned */
        Client clients[CLIENTS_MAX];
        size_t count;
        ToldUids told;
        bool told_of_nonsense;
        bool failing; /* the last question to the kernel has failed */
};

static int start_idling(Server *server) {
        int r;

        r = sd_event_source_set_time_relative(server->idle, IDLE_USEC);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(server->idle, SD_EVENT_ONESHOT);
}

static void client_close(Client *client) {
        Server *server = client->server;

        client->source = sd_event_source_disable_unref(client->source);
        client->fd = fd_close(client->fd);
        client->size = 0;
        server->count--;
        if (server->count == 0 && start_idling(server) < 0)
                log_warning("Failed to set a timer, this program stays until it is stopped");
}

/* What the kernel fails to say is unknown: the mail goes on, counted for its mailbox alone. That is
 * no word of where it comes from. */
static int find_owner(Server *server, const TcpConnection *arrived, uint32_t *ret_uid) {
        int r;

        r = owner_find(&server->finder, arrived, ret_uid);
        if (r < 0 && !server->failing)
                log_warning_errno(r, "Failed to ask the kernel who owns a connection: %m");
        server->failing = r < 0;
        return r;
}

/* Return: 0 or a negative errno, on which the connection is of no use any more. */
static int answer(Client *client, const char *line, size_t size) {
        TcpConnection arrived;
        char text[ANSWER_MAX] = "-\n";
        uint32_t uid;
        ssize_t n;
        int r;

        if (ask_parse(line, size, &arrived) < 0) {
                if (!client->server->told_of_nonsense)
                        log_warning("The meter asks what is no question; further ones are not "
                                    "logged");
                client->server->told_of_nonsense = true;
                return -EBADMSG;
        }

        r = find_owner(client->server, &arrived, &uid);
        if (r == 0)
                (void) snprintf(text, sizeof(text), "%" PRIu32 "\n", uid);
        else if (r == OWNER_E_GONE)
                (void) snprintf(text, sizeof(text), "gone\n");
        else if (r < 0)
                (void) snprintf(text, sizeof(text), "unknown\n");

        /* who does not read such short answers has more of them waiting than he can have asked for
         * in earnest */
        n = send(client->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
        return n == (ssize_t) strlen(text) ? 0 : -EPIPE;
}

static int answer_lines(Client *client) {
        char *newline;
        int r;

        while ((newline = memchr(client->line, '\n', client->size))) {
                size_t size = (size_t) (newline - client->line);

                r = answer(client, client->line, size);
                if (r < 0)
                        return r;
                client->size -= size + 1;
                (void) memmove(client->line, newline + 1, client->size);
        }

        return client->size < sizeof(client->line) ? 0 : -EMSGSIZE;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Client *client = userdata;
        ssize_t n;

        (void) source;
        (void) events;
        n = recv(fd,
                 client->line + client->size,
                 sizeof(client->line) - client->size,
                 MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0)
                client->size += (size_t) n;
        if (n <= 0 || answer_lines(client) < 0)
                client_close(client);

        return 0;
}

static Client *find_place(Server *server) {
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (!server->clients[i].source)
                        return &server->clients[i];

        return NULL;
}

/* Return: whether this is the one user who is answered. */
static bool is_admitted(Server *server, int fd) {
        uid_t uid;
        int r;

        r = peer_read_uid(fd, &uid);
        if (r < 0) {
                log_warning_errno(r, "Failed to see who has connected: %m");
                return false;
        }
        if (uid == server->peer_uid)
                return true;

        if (told_uids_add(&server->told, uid))
                log_notice("User %u has connected and is not answered, now or later",
                           (unsigned) uid);
        return false;
}

static int admit(Server *server, int fd_owned) {
        CLEANUP(fd_closep) int fd = fd_owned;
        Client *client = find_place(server);
        sd_event *event = sd_event_source_get_event(server->listening);
        int r;

        if (!is_admitted(server, fd))
                return 0;
        if (!client)
                return -EMFILE;

        *client = (Client){ .server = server, .fd = -EBADF };
        r = sd_event_add_io(event, &client->source, fd, EPOLLIN, on_client, client);
        if (r < 0)
                return r;

        client->fd = TAKE_FD(fd);
        server->count++;
        return sd_event_source_set_enabled(server->idle, SD_EVENT_OFF);
}

static int on_connection(sd_event_source *source, int listen_fd, uint32_t events, void *userdata) {
        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        int r;

        (void) source;
        (void) events;
        if (fd < 0)
                return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ? 0 : -errno;

        r = admit(userdata, fd);
        if (r < 0)
                (void) log_warning_errno(r, "Failed to serve a connection: %m");
        return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) usec;
        (void) userdata;
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

int server_new(sd_event *event, int listen_fd, uid_t peer_uid, Server **ret) {
        CLEANUP(server_freep) Server *server = calloc(1, sizeof(Server));
        int r;

        assert(event && ret);

        if (!server)
                return -ENOMEM;

        server->peer_uid = peer_uid;
        r = owner_finder_open(&server->finder);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &server->listening, listen_fd, EPOLLIN, on_connection, server);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(
                        event,
                        &server->idle,
                        CLOCK_MONOTONIC,
                        IDLE_USEC,
                        ACCURACY_USEC,
                        on_idle,
                        server);
        if (r < 0)
                return r;

        *ret = TAKE(server);
        return 0;
}

Server *server_free(Server *server) {
        if (!server)
                return NULL;

        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (server->clients[i].source)
                        client_close(&server->clients[i]);
        sd_event_source_disable_unref(server->listening);
        sd_event_source_disable_unref(server->idle);
        owner_finder_done(&server->finder);
        free(server);
        return NULL;
}
