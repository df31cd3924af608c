/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which server keeps the counts of several mail servers: redis://[USER@]HOST[:PORT][/DATABASE],
 * with rediss: by TLS. A password is none of its parts: everybody may read it. Pure.
 */

#include "util/failure.h"

/* There while the meter counts alone although there should be such a server: its run directory. */
#define SHARED_LOCAL_NAME "shared-counters-local"
#define SHARED_LOCAL_FILE "/run/smtp-restrictions-meter/" SHARED_LOCAL_NAME

#define SHARED_URL_PART_SIZE 256

typedef struct SharedUrl {
        bool is_tls;
        char user[SHARED_URL_PART_SIZE]; /* empty: the default one */
        char host[SHARED_URL_PART_SIZE]; /* a name or an address, without brackets */
        char port[8];
        uint32_t database;
} SharedUrl;

/* Return: 0, or -EINVAL with InvalidValue, which has no part of what may be a password. */
WARN_UNUSED int shared_url_from_text(const char *text, SharedUrl *ret, Failure *reterr);
