/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How much of what somebody has sent has failed or been put off in the last hour: of all recipients
 * of a message each counts once, as its last attempt ended. Only for messages that were named by
 * share_begin(), for a day. To be told the same lines again, in their order, changes nothing.
 * Bounded by the numbers below, some 100 bytes each and the names: of too many the oldest are
 * forgotten. Knows no clock. Pure.
 */

#include "meter/log-line.h"
#include "meter/subject.h"
#include "util/hash.h"

#define SHARE_WINDOW_SEC   ((int64_t) 3600)  /* since the last attempt */
#define SHARE_MESSAGE_SEC  ((int64_t) 86400) /* since it was named */
#define SHARE_MESSAGES_MAX 500000
#define SHARE_OUTCOMES_MAX 500000

typedef struct Share Share;

WARN_UNUSED int share_new(const HashKey *key, Share **ret);
Share *share_free(Share *share);
DEFINE_CLEANUP(Share, share_free)

/* A message that originated here, and for whom it counts. Named twice it is the same message.
 * Return: 0 or -ENOMEM. */
WARN_UNUSED int share_begin(
                Share *share, const char *id, const char *const names[], int64_t time_sec);
bool share_knows(const Share *share, const char *id);

/*
 * A line of the log, of any kind; `time_sec` is its own. What is held by hold_domains is not put
 * off, what was thrown away is neither good nor bad, and what is delivered on this host is not
 * looked at. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int share_note(Share *share, const LogLine *line, int64_t time_sec, int64_t now_sec);

typedef struct ShareCounts {
        uint64_t recipients;
        uint64_t bad;
        bool is_one_receiver; /* all that is bad is at one domain: it is that which is broken */
} ShareCounts;

/* All 0 for one that has sent nothing. */
ShareCounts share_read(Share *share, SubjectKind kind, const char *name, int64_t now_sec);

/* What he has sent so far is forgotten, for good: also how it will end. Return: 0; -ENOMEM, and
 * nothing was changed. */
WARN_UNUSED int share_forget(Share *share, SubjectKind kind, const char *name);

/* At least `minimum` are bad, at least `percent` of all, and at more than one domain. */
bool share_is_reached(const ShareCounts *counts, uint64_t percent, uint64_t minimum);
