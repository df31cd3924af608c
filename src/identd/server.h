/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Answers the meter's questions on a socket, one line each, in their order:
 *
 *     HOST PORT ADDRESS PORT  ->  UID, or - if the connection is no local user's
 *
 * A connection may ask as often as it likes; what is no question closes it. So does a peer who is
 * another user, without an answer.
 */

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "util/macro.h"

typedef struct Server Server;

/*
 * Serve on the listening socket, which stays the caller's. When nobody has been connected for a
 * while the event loop is ended. Return: 0 or a negative errno.
 */
WARN_UNUSED int server_new(sd_event *event, int listen_fd, uid_t peer_uid, Server **ret);
Server *server_free(Server *server);
DEFINE_CLEANUP(Server, server_free)
