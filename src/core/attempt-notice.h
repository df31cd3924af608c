/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From events of the kernel to what people are told: how many since the last, who is new, what the
 * journal gets. The kernel has limited the events already; the journal gets less. Pure.
 */

#include "core/attempt-book.h"
#include "firewall/attempt-event.h"

#define ATTEMPT_NAME_SIZE 257 /* with NUL; a longer name is cut */

/* The journal: of a user one message in that time, and of all so many a second. */
#define ATTEMPT_JOURNAL_USEC       (10 * USEC_PER_SEC)
#define ATTEMPT_JOURNAL_PER_SECOND 5

typedef struct AttemptNotice {
        AttemptEvent event;
        char user[ATTEMPT_NAME_SIZE]; /* "" without a name */
        uint64_t total;               /* of the user's attempts, as the kernel counts */
        uint64_t when_usec;           /* CLOCK_REALTIME */
} AttemptNotice;

typedef struct AttemptTold {
        uint32_t uid;
        uint64_t total;         /* when something was told */
        uint64_t journal_total; /* when the journal was */
        uint64_t journal_usec;
} AttemptTold;

typedef struct AttemptTelling {
        AttemptTold *items; /* owned; by uid */
        size_t count;
        size_t allocated;
        AttemptBook fresh; /* who has begun to try since this was taken last */
        uint64_t second;   /* of the journal */
        unsigned in_second;
} AttemptTelling;

void attempt_telling_done(AttemptTelling *telling);

/* What was counted before is told by nobody. Return: 0 or -ENOMEM. */
WARN_UNUSED int attempt_telling_begin(AttemptTelling *telling, const Attempts *attempts);

typedef struct AttemptNews {
        uint64_t count; /* attempts of the user that nobody was told of yet; 0: nothing to tell */
        uint64_t journal_count; /* that the journal was not told of; 0: not now */
} AttemptNews;

void attempt_telling_take(AttemptTelling *telling, const AttemptNotice *notice, AttemptNews *ret);
