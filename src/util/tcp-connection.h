/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One TCP connection, as one of its two ends sees it. */

#include <netinet/in.h>
#include <string.h>

#include "util/macro.h"

typedef struct TcpConnection {
        sa_family_t family;          /* AF_INET or AF_INET6; v4-mapped is AF_INET */
        struct in6_addr source;      /* IPv4: in the first four bytes, the others are 0 */
        struct in6_addr destination; /* likewise */
        uint16_t source_port;        /* host byte order */
        uint16_t destination_port;   /* host byte order */
} TcpConnection;

static inline size_t tcp_address_size(sa_family_t family) {
        return family == AF_INET6 ? 16 : 4;
}

static inline bool tcp_connection_equal(const TcpConnection *a, const TcpConnection *b) {
        return a->family == b->family && memcmp(&a->source, &b->source, 16) == 0 &&
               memcmp(&a->destination, &b->destination, 16) == 0 &&
               a->source_port == b->source_port && a->destination_port == b->destination_port;
}
