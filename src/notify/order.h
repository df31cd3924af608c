/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What smtp-restrictions-notify asks of smtp-restrictions-notify-run: one order for a connection,
 * "mail" or "hook" in a line of its own, then the mail or the event as JSON; its end is the end of
 * writing. The answer is one byte. Pure.
 */

#include "util/macro.h"

#define ORDER_SOCKET   "/run/smtp-restrictions-notify.socket"
#define ORDER_SIZE_MAX ((size_t) 96 * 1024)

#define ORDER_DONE   '0'
#define ORDER_FAILED '1'

typedef enum OrderKind {
        ORDER_MAIL,
        ORDER_HOOK,
        _ORDER_KIND_MAX,
} OrderKind;

/* The caller frees. NULL when out of memory. */
char *order_write(OrderKind kind, const char *content);

/* Return: 0 with *ret_content inside of the text, or -EINVAL. */
WARN_UNUSED int order_read(const char *text, OrderKind *ret_kind, const char **ret_content);
