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

#define VERDICT_TEXT_SIZE ((size_t) 320)

/*
 * For a human who gets it by SMTP: "4.7.1 ..." or "5.7.1 ...", of printable ASCII. `until_sec` is
 * when there is room again, as far as can be told now. `contact` may be NULL.
 */
void verdict_to_text(
                const Verdict *verdict,
                const LimitState *cause,
                const char *name,
                uint64_t recipients,
                int64_t until_sec,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]);

/* The same for a domain of whose recipients too many have failed or wait. */
void verdict_share_text(
                const char *domain,
                uint64_t bad,
                uint64_t recipients,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]);

/* The same for somebody who is suspended. */
void verdict_suspended_text(
                SubjectKind kind,
                const char *name,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]);

/* The same for who has logged in and may not send so. */
void verdict_no_auth_text(
                const char *mailbox, const char *contact, char ret[static VERDICT_TEXT_SIZE]);

/* The same for a user who may not send to remote domains at all. */
void verdict_denied_user_text(
                const char *name, const char *contact, char ret[static VERDICT_TEXT_SIZE]);
