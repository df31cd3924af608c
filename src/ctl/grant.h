/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the options of `allow` say. */

#include "smtp-restrictions/smtp-restrictions.h"
#include "util/macro.h"

/* An exception as its options say. */
typedef struct Grant {
        uint16_t ports[SMTP_RESTRICTIONS_PORTS_MAX];
        size_t port_count;
        const char *destination; /* borrowed, as the others; NULL where it was not given */
        const char *verdict;
        const char *reason;
        uint32_t seconds; /* 0: for ever */
} Grant;
