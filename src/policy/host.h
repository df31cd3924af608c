/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Addresses and networks of the Internet, as lists of hosts in a policy name them. Pure. */

#include "util/macro.h"

enum {
        HOST_E_SYNTAX = 1, /* neither ADDRESS nor ADDRESS/PREFIX; a name of a host is none */
        HOST_E_BITS,       /* the address goes on behind its prefix: 192.0.2.1/24 */
        HOST_E_MAPPED,     /* ::ffff:192.0.2.1: the IPv4 address is meant, and what Exim sees */
};

/* An address is a network of that address alone. */
typedef struct Network {
        uint8_t family; /* AF_INET, AF_INET6; AF_UNSPEC: any destination */
        uint8_t prefix;
        uint8_t address[16]; /* as the network has it; of IPv4 the first four, the others are 0 */
} Network;

/* Return: 0 or HOST_E_*. */
WARN_UNUSED int network_from_string(const char *text, Network *ret);
/* The one way to write it: digits as inet_ntop(3) prints them, and no prefix where it is the whole
 * address. Not for any destination. The caller frees. NULL when out of memory. */
char *network_to_string(const Network *network);
bool network_equal(const Network *a, const Network *b);

/* The same for text. The caller frees. Return: 0, HOST_E_*, -ENOMEM. */
WARN_UNUSED int host_normalize(const char *text, char **ret);

/* Words for HOST_E_*, behind what was given. */
const char *host_error_to_string(int error);
