/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* From what each has sent to a limit that hardly anybody was above. Pure. */

#include "util/macro.h"

#define SUGGEST_PERCENTILE 99

/* A message. */
typedef struct SuggestSent {
        uint32_t sender; /* his number */
        uint32_t time_sec;
        uint32_t recipients;
} SuggestSent;

typedef struct SuggestPeak {
        const char *name; /* of a user his login; borrowed */
        uint64_t recipients;
        int64_t from_sec; /* when the hour or day begins */
} SuggestPeak;

typedef struct SuggestLimit {
        uint64_t limit;     /* 0: nobody sent anything */
        size_t senders;     /* of that kind */
        SuggestPeak *above; /* owned; the highest first */
        size_t above_count;
} SuggestLimit;

/*
 * Of each sender the most in any time of that length, and what of these the percentile is, rounded
 * up to two digits. Sorts `sent`; `names` are the senders', by number. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int suggest_limit(
                SuggestSent *sent,
                size_t count,
                int64_t length_sec,
                const char *const names[],
                SuggestLimit *ret);
