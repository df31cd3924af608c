/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Addresses and networks of the Internet, as lists of hosts in a policy name them. Pure. */

#include "util/macro.h"

enum {
        HOST_E_SYNTAX = 1, /* neither ADDRESS nor ADDRESS/PREFIX; a name of a host is none */
        HOST_E_BITS,       /* the address goes on behind its prefix: 192.0.2.1/24 */
        HOST_E_MAPPED,     /* ::ffff:192.0.2.1: the IPv4 address is meant, and what Exim sees */
};

/*
 * The one way to write it: digits as inet_ntop(3) prints them, and no prefix where it is the whole
 * address. The caller frees. Return: 0, HOST_E_*, -ENOMEM.
 */
WARN_UNUSED int host_normalize(const char *text, char **ret);
