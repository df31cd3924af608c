/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "meterd/server.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"
#include "util/peer.h"

#define CLIENTS_MAX 1024               /* at a time; others wait in the kernel's queue */
#define ACCEPT_MAX  64                 /* at once, before those that are there are served */
#define GROUP_MAX   64                 /* answers that leave together */
#define SLOW_USEC   (3 * USEC_PER_SEC) /* Exim waits for 2 s */

#define PRIORITY_ANSWERS (SD_EVENT_PRIORITY_NORMAL + 10)

struct ServerClient {
        Server *server;
        ServerClient *before;
        ServerClient *behind;
        sd_event_source *source; /* owned; NULL: its question was read */
        int fd;                  /* owned */
        uint64_t since_usec;
        size_t size;
        union {
                char line[METER_REQUEST_MAX];
                char answer[SERVER_ANSWER_MAX + 1];
        };
};

struct Server {
        sd_event *event; /* owned */
        ServerHandlers handlers;
        sd_event_source *listening; /* owned */
        sd_event_source *answers;   /* owned: on while there are some to be sent */
        ServerClient *first;        /* owned; the one that is there for longest */
        ServerClient *last;
        size_t count;
        ServerClient *group[GROUP_MAX]; /* borrowed: their answers wait */
        size_t group_size;
        uid_t exim_uid;
        ToldUids told;
        bool told_of_nonsense;
};

/* Whoever hands it over has it blocking, as systemd does. */
static int make_nonblocking(int fd) {
        int flags = fcntl(fd, F_GETFL);

        return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static void client_free(ServerClient *client) {
        Server *server = client->server;

        *(client->before ? &client->before->behind : &server->first) = client->behind;
        *(client->behind ? &client->behind->before : &server->last) = client->before;
        server->count--;
        sd_event_source_disable_unref(client->source);
        (void) fd_close(client->fd);
        free(client);

        if (server->count == CLIENTS_MAX - 1)
                (void) sd_event_source_set_enabled(server->listening, SD_EVENT_ON);
}

static void send_group(Server *server) {
        size_t count = server->group_size;

        (void) sd_event_source_set_enabled(server->answers, SD_EVENT_OFF);
        if (count == 0)
                return;

        server->handlers.keep(server->handlers.userdata);
        server->group_size = 0;
        for (size_t i = 0; i < count; i++) {
                ServerClient *client = server->group[i];

                /* who does not wait for it any more has taken the fallback */
                (void) send(client->fd, client->answer, client->size, MSG_NOSIGNAL | MSG_DONTWAIT);
                client_free(client);
        }
}

static int on_answers(sd_event_source *source, void *userdata) {
        (void) source;
        send_group(userdata);
        return 0;
}

void server_answer(ServerClient *client, const char *line) {
        Server *server = client->server;
        size_t size = strnlen(line, SERVER_ANSWER_MAX - 1);

        memmove(client->answer, line, size);
        client->answer[size] = '\n';
        client->size = size + 1;
        server->group[server->group_size++] = client;
        if (server->group_size == GROUP_MAX)
                send_group(server);
        else
                (void) sd_event_source_set_enabled(server->answers, SD_EVENT_ON);
}

void server_refuse(ServerClient *client) {
        client_free(client);
}

static void refuse_nonsense(ServerClient *client) {
        if (!client->server->told_of_nonsense)
                log_warning("Exim asks what is no question; further ones are not logged");
        client->server->told_of_nonsense = true;
        client_free(client);
}

/* Return: a line is whole, or cannot become one. */
static bool read_line(ServerClient *client, bool *ret_is_over) {
        ssize_t n =
                        recv(client->fd,
                             client->line + client->size,
                             sizeof(client->line) - client->size,
                             MSG_DONTWAIT);

        *ret_is_over = false;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        if (n <= 0) {
                *ret_is_over = true;
                return false;
        }

        client->size += (size_t) n;
        return memchr(client->line, '\n', client->size) || client->size == sizeof(client->line);
}

/* One line and nothing behind it. */
static int parse(const ServerClient *client, MeterRequest *ret) {
        const char *newline = memchr(client->line, '\n', client->size);

        if (!newline || newline != client->line + client->size - 1)
                return -EINVAL;

        return meter_request_parse(client->line, client->size - 1, ret);
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        ServerClient *client = userdata;
        MeterRequest request;
        bool is_over;

        (void) source;
        (void) fd;
        (void) events;
        if (!read_line(client, &is_over)) {
                if (is_over)
                        client_free(client);
                return 0;
        }

        client->source = sd_event_source_disable_unref(client->source);
        if (parse(client, &request) < 0)
                refuse_nonsense(client);
        else
                client->server->handlers.ask(client, &request, client->server->handlers.userdata);
        return 0;
}

/* Return: whether this is one who is answered. */
static bool is_admitted(Server *server, int fd) {
        uid_t uid;
        int r;

        r = peer_read_uid(fd, &uid);
        if (r < 0) {
                (void) log_warning_errno(r, "Failed to see who has connected: %m");
                return false;
        }
        if (uid == 0 || uid == server->exim_uid)
                return true;

        /* until it is known who Exim is, its own questions are among them: a configuration is tried
         * before it is in force */
        if (server->exim_uid != 0 && told_uids_add(&server->told, uid))
                log_notice("User %u has connected and is not answered, now or later",
                           (unsigned) uid);
        return false;
}

static int admit(Server *server, int fd_owned) {
        CLEANUP(fd_closep) int fd = fd_owned;
        CLEANUP(freep) ServerClient *client = NULL;
        int r;

        if (!is_admitted(server, fd))
                return 0;

        client = malloc(sizeof(*client));
        if (!client)
                return -ENOMEM;
        client->server = server;
        client->source = NULL;
        client->size = 0;
        client->since_usec = now_read_usec(CLOCK_MONOTONIC);
        r = sd_event_add_io(server->event, &client->source, fd, EPOLLIN, on_client, client);
        if (r < 0)
                return r;

        client->fd = TAKE_FD(fd);
        client->behind = NULL;
        client->before = server->last;
        *(server->last ? &server->last->behind : &server->first) = client;
        server->last = TAKE(client);
        server->count++;
        return 0;
}

/* A new start may mend it, and loses nothing. */
static int end(Server *server, int error) {
        (void) log_error_errno(error, "Failed to take a connection, starting anew: %m");
        return sd_event_exit(server->event, EXIT_FAILURE);
}

static int on_connection(sd_event_source *source, int listen_fd, uint32_t events, void *userdata) {
        Server *server = userdata;

        (void) events;
        for (size_t i = 0; i < ACCEPT_MAX && server->count < CLIENTS_MAX; i++) {
                int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                int r;

                if (fd < 0)
                        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED
                                               ? 0
                                               : end(server, -errno);
                r = admit(server, fd);
                if (r < 0)
                        (void) log_warning_errno(r, "Failed to serve a connection: %m");
        }
        if (server->count == CLIENTS_MAX)
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);

        return 0;
}

void server_end_slow(Server *server, uint64_t now_usec) {
        for (ServerClient *client = server->first; client;) {
                ServerClient *behind = client->behind;

                if (client->since_usec + SLOW_USEC > now_usec)
                        return;
                /* with a question it waits for us */
                if (client->source)
                        client_free(client);
                client = behind;
        }
}

void server_set_exim_uid(Server *server, uid_t uid) {
        server->exim_uid = uid;
}

size_t server_count_clients(const Server *server) {
        return server->count;
}

int server_new(sd_event *event, int listen_fd, const ServerHandlers *handlers, Server **ret) {
        CLEANUP(server_freep) Server *server = calloc(1, sizeof(Server));
        int r;

        if (!server)
                return -ENOMEM;
        server->event = sd_event_ref(event);
        server->handlers = *handlers;

        r = make_nonblocking(listen_fd);
        if (r >= 0)
                r =
                                sd_event_add_io(event,
                                                &server->listening,
                                                listen_fd,
                                                EPOLLIN,
                                                on_connection,
                                                server);
        if (r >= 0)
                r = sd_event_add_defer(event, &server->answers, on_answers, server);
        if (r >= 0)
                r = sd_event_source_set_enabled(server->answers, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(server->answers, PRIORITY_ANSWERS);
        if (r < 0)
                return r;

        *ret = TAKE(server);
        return 0;
}

Server *server_free(Server *server) {
        if (!server)
                return NULL;

        while (server->first)
                client_free(server->first);
        sd_event_source_disable_unref(server->listening);
        sd_event_source_disable_unref(server->answers);
        sd_event_unref(server->event);
        free(server);
        return NULL;
}
