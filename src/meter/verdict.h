/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What becomes of a message: the rule of every limit, all of them, and the words for it. Pure. */

#include "meter/subject.h"
#include "meter/window.h"
#include "policy/mail-limits.h"

/* From the best to the worst. */
typedef enum VerdictKind {
        VERDICT_OK,
        VERDICT_OBSERVE, /* accepted, although over a limit */
        VERDICT_HOLD,
        VERDICT_DEFER,
        VERDICT_DENY,
        _VERDICT_KIND_MAX,
} VerdictKind;

/* "ok", "observe", ...: as Exim is answered. */
const char *verdict_kind_to_string(VerdictKind kind);

/* One limit that the message has to keep. */
typedef struct LimitState {
        SubjectKind subject;
        WindowLength window;
        uint64_t limit;
        uint64_t used; /* counted, or accepted and about to be */
        uint64_t held; /* waiting for room */
} LimitState;

#define LIMIT_STATES_MAX ((size_t) _SUBJECT_KIND_MAX * _WINDOW_LENGTH_MAX)

typedef struct Verdict {
        VerdictKind kind;
        size_t cause;      /* which limit, if it is not ok */
        bool is_too_large; /* the message alone is above that limit: it will never pass */
} Verdict;

/*
 * used + held + n <= limit: ok. Up to percent of the limit, and with n <= limit: what the action
 * says. Beyond: deny. Of several limits the worst verdict counts, of those that agree the first.
 * With OVER_LIMIT_OBSERVE nothing is ever refused.
 */
Verdict verdict_judge(
                const LimitState states[],
                size_t count,
                uint64_t recipients,
                OverLimitAction action,
                uint64_t percent);
