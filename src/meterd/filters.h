/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Arguments of the meter's methods that say which: filters. Every key, type and bound is checked
 * while reading. All return 0; -EINVAL with the cause; or another negative errno. */

#include <systemd/sd-bus.h>

#include "meter/message-id.h"
#include "meter/subject-text.h"

#define FILTER_MOST_DEFAULT 100

typedef struct UsageFilter {
        uint32_t most; /* 0 while not read */
        bool has_kind;
        SubjectKind kind;
        bool has_after;
        Subject after; /* whom the page before has ended with */
} UsageFilter;

/* a{sv}: Kind s, Most u, After s. `users` may be NULL. */
WARN_UNUSED int filter_read_usage(
                sd_bus_message *m, const UserNames *users, UsageFilter *ret, Failure *reterr);
