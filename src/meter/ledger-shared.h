/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Limits that several mail servers keep together. The sums of all of them are with a server; what
 * this one has counted stays in its ledger, and the server has a copy, which is told again from the
 * beginning whenever there is a doubt about it. A question becomes a call, the call's answer an
 * answer of the ledger. While there is no server, a part of each limit is this host's own.
 *
 * A subject's copy is brought forward by calls in their order, a chain; the first of one tells all.
 * If the server finds that a link is missing it does nothing, and so with all that was sent behind
 * it: to begin anew loses nothing that is on its way.
 */

#include "meter/ledger.h"
#include "meter/shared-call.h"

enum { LEDGER_E_NOT_SHARED = 3 };

typedef struct LedgerCall {
        SharedMode mode;
        uint32_t recipients;
        struct LedgerSubject *subjects[_SUBJECT_KIND_MAX]; /* of each part; stay until its end */
        uint32_t chains[_SUBJECT_KIND_MAX];
        size_t count;
        LimitState states[LIMIT_STATES_MAX]; /* ... of them; .used is what the server said */
        size_t state_count;
        int64_t time_sec; /* of SHARED_TELL: one event, which is in no beginning of a chain */
        int64_t change;
        bool is_sent;
        bool is_reserved; /* the answer: it counts */
} LedgerCall;

/* All of these calls have to be ended. What is to be told at once goes to the handler, which takes
 * it over. */
typedef void (*LedgerTeller)(const LedgerCall *call, void *userdata);
void ledger_set_teller(Ledger *ledger, LedgerTeller teller, void *userdata);

/* From now on every chain has to begin anew; so much of each limit is in force (100: all of it). */
void ledger_set_part(Ledger *ledger, uint32_t percent);

/* Return: 0; LEDGER_E_NOT_SHARED: no limit, or no need to ask; -ENOMEM. */
WARN_UNUSED int ledger_call_ask(
                Ledger *ledger,
                const char *id,
                uint32_t recipients,
                const Subjects *names,
                int64_t now_sec,
                LedgerCall *ret);
/* May one that is held go, by all that is known here? */
WARN_UNUSED int ledger_call_release(
                Ledger *ledger, const char *id, int64_t now_sec, LedgerCall *ret);
/* What this host has counted for it. LEDGER_E_NOT_SHARED: the server knows. */
WARN_UNUSED int ledger_call_tell(
                Ledger *ledger,
                SubjectKind kind,
                const char *name,
                int64_t now_sec,
                LedgerCall *ret);

/* As it is sent, for the first or another time. */
void ledger_call_write(
                Ledger *ledger,
                LedgerCall *call,
                const char *host,
                bool with_script,
                int64_t now_sec,
                Text *text);

/* Return: 0; LEDGER_E_MORE: it is to be sent again. */
WARN_UNUSED int ledger_call_read(LedgerCall *call, const SharedReply *reply);

void ledger_call_end(LedgerCall *call);
static inline void ledger_call_endp(LedgerCall *call) {
        ledger_call_end(call);
}

/* As ledger_ask() and ledger_release(), by what the server has answered; NULL: by what is here. */
WARN_UNUSED int ledger_ask_shared(
                Ledger *ledger,
                const char *id,
                uint32_t recipients,
                const Subjects *subjects,
                bool has_uid,
                uint32_t uid,
                int64_t now_sec,
                const LedgerCall *call,
                LedgerAnswer *ret);
WARN_UNUSED int ledger_release_shared(
                Ledger *ledger,
                const char *id,
                const Subjects *names,
                int64_t now_sec,
                const LedgerCall *call,
                bool *ret_go);
