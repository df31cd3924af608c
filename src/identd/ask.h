/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The question "whose connection is this?", one line. Pure. */

#include "util/tcp-connection.h"

/* Two addresses, two ports, blanks. With the newline. */
#define ASK_LINE_MAX ((size_t) (2 * (INET6_ADDRSTRLEN - 1) + 2 * 5 + 3 + 1))

/*
 * "HOST PORT ADDRESS PORT": where the connection comes from and where it arrived, as the server
 * sees it; single blanks between them, no newline. A v4-mapped address is an IPv4 one. The client
 * is the source. Return: 0 or -EINVAL.
 */
WARN_UNUSED int ask_parse(const char *line, size_t size, TcpConnection *ret);
