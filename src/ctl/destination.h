/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* HOST:PORT, ADDRESS:PORT or [ADDRESS]:PORT as people type it. Pure. */

#include "util/macro.h"

#define DESTINATION_HOST_SIZE 256

typedef struct Destination {
        char host[DESTINATION_HOST_SIZE]; /* a name or an address */
        uint16_t port;
} Destination;

/* Return: 0 or -EINVAL. */
WARN_UNUSED int destination_parse(const char *text, Destination *ret);
