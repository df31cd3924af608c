/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Exim's connections: one line in, one line out, closed. Answers are sent in groups: what they
 * promise is kept once for all of a group, before the first of them leaves. Nobody but root and
 * Exim's user is read from; connections, lines and their time are bounded.
 */

#include <systemd/sd-event.h>

#include "meter/request.h"

typedef struct Server Server;
typedef struct ServerClient ServerClient;

typedef struct ServerHandlers {
        /* A question. The client waits, for as long as it takes, until exactly one of
         * server_answer() and server_refuse(), now or later. */
        void (*ask)(ServerClient *client, const MeterRequest *request, void *userdata);
        /* Answers are about to leave. */
        void (*keep)(void *userdata);
        void *userdata;
} ServerHandlers;

/* `listen_fd` is borrowed. Return: 0 or a negative errno. */
WARN_UNUSED int server_new(
                sd_event *event, int listen_fd, const ServerHandlers *handlers, Server **ret);
/* Whoever waits for an answer gets none. */
Server *server_free(Server *server);
DEFINE_CLEANUP(Server, server_free)

/* Who may ask beside root. */
void server_set_exim_uid(Server *server, uid_t uid);

/* The line without its newline; cut at SERVER_ANSWER_MAX. */
#define SERVER_ANSWER_MAX ((size_t) 399)
void server_answer(ServerClient *client, const char *line);
/* To be closed without an answer: Exim does what it does without a meter. */
void server_refuse(ServerClient *client);

/* Close who has not asked in time. To be called about once a second. */
void server_end_slow(Server *server, uint64_t now_usec);

size_t server_count_clients(const Server *server);
