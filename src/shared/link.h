/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A connection to the server of shared counters, by TCP or TLS. It waits, with bounds. */

#include "policy/shared-url.h"

typedef struct Link Link;

/* `ca`: path of the certificates to trust; NULL: those of the system. Return: 0; a negative errno,
 * with the cause in words. */
WARN_UNUSED int link_new(const SharedUrl *url, const char *ca, Link **ret, Failure *reterr);
Link *link_free(Link *link);
DEFINE_CLEANUP(Link, link_free)

/* Return: how much, 0 at its end (of link_read() alone); a negative errno, -EAGAIN after
 * link_unblock(). */
ssize_t link_read(Link *link, void *data, size_t size);
ssize_t link_write(Link *link, const void *data, size_t size);

/* From now on nothing waits. */
WARN_UNUSED int link_unblock(Link *link);
int link_fd(const Link *link);
/* There is more to read, of which the descriptor does not tell. */
bool link_has_more(const Link *link);
