/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Arguments of the meter's methods that say which: filters. Every key, type and bound is checked
 * while reading. All return 0; -EINVAL with the cause; or another negative errno. */

#include <systemd/sd-bus.h>

#include "meter/subject-text.h"
#include "util/message-id.h"

#include "smtp-restrictions/smtp-restrictions.h"

#define FILTER_MOST_DEFAULT 100

typedef struct UsageFilter {
        uint32_t most; /* 0 while not read */
        bool has_kind;
        SubjectKind kind;
        bool has_after;
        Subject after; /* whom the page before has ended with */

        /* of a report only */
        bool has_subject;
        Subject subject;
        bool has_since;
        uint64_t since_usec;
} UsageFilter;

/* a{sv}: Kind s, Most u, After s. `users` may be NULL. */
WARN_UNUSED int filter_read_usage(
                sd_bus_message *m, const UserNames *users, UsageFilter *ret, Failure *reterr);

/* a{sv}: Kind s, Subject s, Since t, Most u, After s. Likewise. */
WARN_UNUSED int filter_read_report(
                sd_bus_message *m, const UserNames *users, UsageFilter *ret, Failure *reterr);

typedef struct HeldFilter {
        uint32_t most; /* 0 while not read */
        bool has_subject;
        Subject subject;
        bool has_ids;
        char ids[SMTP_RESTRICTIONS_METER_ENTRIES_MAX][MESSAGE_ID_SIZE];
        size_t id_count;
        char after[MESSAGE_ID_SIZE]; /* empty: from the first */
} HeldFilter;

/*
 * a{sv}: Subject s, Ids as, Most u, After s. `for_change`: there is no After, Subject or Ids has to
 * be there, and all that are meant are, not a page of them.
 */
WARN_UNUSED int filter_read_held(
                sd_bus_message *m,
                const UserNames *users,
                bool for_change,
                HeldFilter *ret,
                Failure *reterr);
