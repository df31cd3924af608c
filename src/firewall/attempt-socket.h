/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kernel's messages of attempts (attempt-log.h), received. For one thread. */

#include "firewall/attempt-event.h"
#include "util/netlink.h"

/* Return: 0; -EBUSY when another program takes the messages; another negative errno. */
WARN_UNUSED int attempt_socket_open(NetlinkSocket **ret);

typedef void (*AttemptHandler)(const AttemptEvent *event, void *userdata);

/* What has come so far; does not wait. What is lost is lost: the counts are the kernel's. Return: 0
 * or a negative errno. */
WARN_UNUSED int attempt_socket_read(NetlinkSocket *socket, AttemptHandler handler, void *userdata);
