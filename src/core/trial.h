/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * try.json: a change on trial, and the policy that comes back unless it is confirmed in time.
 * Durable before the change commits, removed when the change is confirmed or taken back. Pure: the
 * clocks are parameters.
 *
 * Which clock counts: in the boot in which the deadline was set, the time since boot, whatever is
 * done to the real time; in a later boot the real time, and from then on the time since that boot.
 * A clock by which more would be left than was given cannot be right: then the trial is over, as a
 * trial that ends too early does less harm than one that does not end.
 */

#include "core/applied.h"
#include "core/clock.h"
#include "core/pending.h"

#define TRIAL_VERSION  1
#define TRIAL_SIZE_MAX (APPLIED_SIZE_MAX + (size_t) 64 * 1024)
#define TRIAL_ID_SIZE  9 /* 8 hex digits and NUL */

typedef struct TrialInfo {
        char id[TRIAL_ID_SIZE];
        LastChange started;     /* who, and when */
        uint32_t seconds;       /* as it was given */
        uint64_t deadline_usec; /* CLOCK_REALTIME */
        uint64_t deadline_boottime_usec;
        char boot_id[BOOT_ID_SIZE]; /* in which boot that is */
} TrialInfo;

typedef struct Trial {
        TrialInfo info;
        Digest tried;     /* of policy.json as the trial commits it */
        Applied previous; /* what comes back, as it was in force */
} Trial;

void trial_init(Trial *trial);
void trial_done(Trial *trial);
void trial_info_done(TrialInfo *info);
WARN_UNUSED int trial_info_copy(const TrialInfo *info, TrialInfo *ret);

/* A number as an id. */
void trial_set_id(TrialInfo *info, uint32_t number);
/* The deadline is so many seconds from now. */
void trial_start_clock(TrialInfo *info, uint32_t seconds, const Clock *now);

/* How much is left; 0: it is over. */
uint64_t trial_left_usec(const TrialInfo *info, const Clock *now);
/* Tell the same deadline by the clocks as they are now. Return: whether that is worth writing. */
bool trial_follow_clock(TrialInfo *info, const Clock *now);

/* What a start finds. */
typedef enum TrialFinding {
        TRIAL_NONE, /* it never began, or its end is committed: the record can go */
        TRIAL_OPEN, /* it is in force, and has time left */
        TRIAL_OVER, /* it is in force, and must not be any more */
} TrialFinding;

/* `applied` and `pending` are NULL where there is none. */
TrialFinding trial_find(
                const Trial *trial,
                const Digest *file_digest,
                const Applied *applied,
                const Pending *pending,
                const Clock *now);

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int trial_to_text(const Trial *trial, char **ret_text, size_t *ret_size);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int trial_from_text(const char *text, size_t size, Trial *ret, Failure *reterr);
