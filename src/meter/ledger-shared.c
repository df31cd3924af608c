/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "meter/ledger-shared.h"
#include "meter/ledger-state.h"

#define FULL_SEC 15 /* after the server had no room for what is held, until it is asked again */

void ledger_set_teller(Ledger *ledger, LedgerTeller teller, void *userdata) {
        ledger->teller = teller;
        ledger->teller_userdata = userdata;
}

void ledger_set_part(Ledger *ledger, uint32_t percent) {
        ledger->part_percent = percent;
        ledger->chain_floor = ledger->last_chain;
}

static bool has_chain(const Ledger *ledger, const LedgerSubject *subject) {
        return subject->chain > ledger->chain_floor;
}

static void add_subject(LedgerCall *call, LedgerSubject *subject) {
        subject->calls++;
        call->subjects[call->count++] = subject;
}

/* Of those subjects that have any limit. */
static void add_states(const Ledger *ledger, LedgerSubject *subject, LedgerCall *call) {
        SubjectKind kind = (SubjectKind) subject->kind;
        SubjectSettings settings;

        (void) ledger_look_up(ledger, kind, subject->name, &settings);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++) {
                uint64_t limit = ledger_limit_of(ledger, &settings, kind, i);

                if (limit > 0)
                        call->states[call->state_count++] = (LimitState){
                                .subject = kind,
                                .window = i,
                                .limit = limit,
                                .held = ledger_held_of(subject, &settings),
                        };
        }
}

static bool has_limit(const Ledger *ledger, SubjectKind kind, const char *name) {
        SubjectSettings settings;

        (void) ledger_look_up(ledger, kind, name, &settings);
        return ledger_limit_of(ledger, &settings, kind, WINDOW_HOUR) > 0 ||
               ledger_limit_of(ledger, &settings, kind, WINDOW_DAY) > 0;
}

int ledger_call_ask(
                Ledger *ledger,
                const char *id,
                uint32_t recipients,
                const Subjects *names,
                int64_t now_sec,
                LedgerCall *ret) {
        CLEANUP(ledger_call_end)
        LedgerCall call = {
                .mode = !id                                          ? SHARED_LOOK
                        : ledger->rules.action == OVER_LIMIT_OBSERVE ? SHARED_FORCE
                                                                     : SHARED_ASK,
                .recipients = recipients,
                .time_sec = now_sec,
        };

        if (id && ledger_find(ledger, id))
                return LEDGER_E_NOT_SHARED;

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                LedgerSubject *subject;
                int r;

                if (!names->names[i][0] || !has_limit(ledger, i, names->names[i]))
                        continue;
                /* it is known from now on: of two questions that come together only the first
                 * begins its chain */
                r = ledger_get_subject(ledger, i, names->names[i], &subject);
                if (r < 0)
                        return r;
                add_subject(&call, subject);
                add_states(ledger, subject, &call);
        }
        if (call.count == 0)
                return LEDGER_E_NOT_SHARED;

        *ret = call;
        call = (LedgerCall){};
        return 0;
}

int ledger_call_release(Ledger *ledger, const char *id, int64_t now_sec, LedgerCall *ret) {
        LedgerMessage *message = ledger_find(ledger, id);
        LedgerCall call = { .mode = SHARED_ASK, .time_sec = now_sec };

        if (!message || (message->state != LEDGER_HELD && message->state != LEDGER_OPEN_HELD) ||
            !ledger_may_go(ledger, message, now_sec))
                return LEDGER_E_NOT_SHARED;

        call.recipients = message->recipients;
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i] && has_limit(ledger, i, message->subjects[i]->name)) {
                        add_subject(&call, message->subjects[i]);
                        add_states(ledger, message->subjects[i], &call);
                }
        if (call.count == 0)
                return LEDGER_E_NOT_SHARED;

        for (size_t i = 0; i < call.state_count; i++) {
                call.states[i].held = 0;
                /* the limit may be lower now than when it was held: it must go once */
                call.states[i].limit = MAX_OF(call.states[i].limit, (uint64_t) call.recipients);
        }
        *ret = call;
        return 0;
}

int ledger_call_tell(
                Ledger *ledger,
                SubjectKind kind,
                const char *name,
                int64_t now_sec,
                LedgerCall *ret) {
        LedgerSubject *subject = ledger_find_subject(ledger, kind, name);
        LedgerCall call = { .mode = SHARED_TELL, .time_sec = now_sec };

        if (!subject || has_chain(ledger, subject) || !has_limit(ledger, kind, name))
                return LEDGER_E_NOT_SHARED;
        window_advance(&subject->window, now_sec);
        if (window_is_empty(&subject->window) && subject->reserved == 0)
                return LEDGER_E_NOT_SHARED;

        add_subject(&call, subject);
        *ret = call;
        return 0;
}

void ledger_note(Ledger *ledger, LedgerSubject *subject, int64_t time_sec, int64_t change) {
        LedgerCall call = { .mode = SHARED_TELL, .time_sec = time_sec, .change = change };

        /* otherwise it is in what is told at the beginning */
        if (!ledger->teller || !has_chain(ledger, subject))
                return;

        add_subject(&call, subject);
        ledger->teller(&call, ledger->teller_userdata);
}

void ledger_note_message(Ledger *ledger, const LedgerMessage *message, bool counts) {
        int64_t recipients = message->recipients;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        ledger_note(ledger,
                                    message->subjects[i],
                                    message->time_sec,
                                    counts ? recipients : -recipients);
}

void ledger_note_reset(Ledger *ledger, LedgerSubject *subject) {
        LedgerCall call = { .mode = SHARED_RESET };

        if (!ledger->teller)
                return;

        add_subject(&call, subject);
        ledger->teller(&call, ledger->teller_userdata);
}

void ledger_note_unused(Ledger *ledger, const LedgerCall *call, int64_t now_sec) {
        for (size_t i = 0; i < call->count; i++)
                ledger_note(ledger, call->subjects[i], now_sec, -(int64_t) call->recipients);
}

void ledger_note_full(const LedgerCall *call, int64_t now_sec) {
        for (size_t i = 0; i < call->state_count; i++) {
                const LimitState *state = &call->states[i];

                if (state->used + call->recipients <= state->limit)
                        continue;
                for (size_t j = 0; j < call->count; j++)
                        if (call->subjects[j]->kind == state->subject)
                                call->subjects[j]->full_sec = (uint32_t) now_sec;
        }
}

bool ledger_is_full(const Ledger *ledger, const LedgerSubject *subject, int64_t now_sec) {
        /* after a new connection, or with other limits, it may be otherwise */
        return has_chain(ledger, subject) && subject->full_sec > 0 &&
               subject->full_sec <= now_sec && subject->full_sec + FULL_SEC > now_sec;
}

/* ---- on the way ---- */

typedef struct Telling {
        Text *events;
        int64_t now_sec;
} Telling;

static void tell_event(WindowEvent event, void *userdata) {
        const Telling *telling = userdata;

        shared_event_write(telling->events, telling->now_sec - event.time_sec, event.count);
}

/* All that counts here. What is open is said to be of now: at most ten minutes too late. */
static void tell_all(LedgerSubject *subject, int64_t now_sec, Text *events) {
        Telling telling = { events, now_sec };

        window_advance(&subject->window, now_sec);
        window_read(&subject->window, tell_event, &telling);
        if (subject->reserved > 0)
                shared_event_write(events, 0, (int64_t) subject->reserved);
}

static void write_revision(
                const Ledger *ledger,
                const LedgerSubject *subject,
                char ret[SHARED_REVISION_SIZE]) {
        (void) snprintf(ret,
                        SHARED_REVISION_SIZE,
                        "%016" PRIx64 ".%" PRIu32 ".%" PRIu32,
                        ledger->run,
                        subject->chain,
                        subject->link);
}

static uint64_t room_of(const LimitState *state) {
        return state->limit > state->held ? state->limit - state->held : 0;
}

static void prepare_part(
                Ledger *ledger, LedgerCall *call, size_t i, int64_t now_sec, SharedPart *part) {
        LedgerSubject *subject = call->subjects[i];
        bool begins = call->mode == SHARED_RESET || !has_chain(ledger, subject);
        /* whoever has begun a chain after this was sent has told it too */
        bool is_told = call->is_sent && call->chains[i] != subject->chain;

        *part = (SharedPart){ .kind = (SubjectKind) subject->kind, .name = subject->name };
        if (begins) {
                subject->chain = ++ledger->last_chain;
                subject->link = 0;
                tell_all(subject, now_sec, &part->events);
        } else {
                write_revision(ledger, subject, part->expected);
                subject->link++;
                if (call->change != 0 && !is_told)
                        shared_event_write(&part->events, now_sec - call->time_sec, call->change);
        }
        write_revision(ledger, subject, part->next);
        call->chains[i] = subject->chain;

        for (size_t j = 0; j < call->state_count; j++)
                if (call->states[j].subject == part->kind)
                        /* no room at all must not look like no limit */
                        part->limits[call->states[j].window] =
                                        MAX_OF(room_of(&call->states[j]), (uint64_t) 1);
}

/* There is a limit without any room: what asks for one would get it. */
static bool is_full(const LedgerCall *call) {
        for (size_t i = 0; i < call->state_count; i++)
                if (call->states[i].limit <= call->states[i].held)
                        return true;

        return false;
}

void ledger_call_write(
                Ledger *ledger,
                LedgerCall *call,
                const char *host,
                bool with_script,
                int64_t now_sec,
                Text *text) {
        SharedPart parts[_SUBJECT_KIND_MAX];
        SharedMode mode = call->mode;

        for (size_t i = 0; i < call->count; i++)
                prepare_part(ledger, call, i, now_sec, &parts[i]);
        if (mode == SHARED_ASK && is_full(call))
                mode = SHARED_LOOK;
        call->is_sent = true;
        shared_call_write(text, host, mode, call->recipients, parts, call->count, with_script);
        for (size_t i = 0; i < call->count; i++)
                text_done(&parts[i].events);
}

int ledger_call_read(LedgerCall *call, const SharedReply *reply) {
        if (reply->kind == SHARED_AGAIN || reply->kind == SHARED_NO_SCRIPT) {
                /* what was sent behind it was not done either */
                for (size_t i = 0; i < call->count; i++)
                        if (call->subjects[i]->chain == call->chains[i])
                                call->subjects[i]->chain = 0;
                return LEDGER_E_MORE;
        }

        call->is_reserved = reply->kind == SHARED_RESERVED;
        for (size_t i = 0; i < call->state_count; i++)
                for (size_t j = 0; j < call->count; j++)
                        if (call->subjects[j]->kind == call->states[i].subject)
                                call->states[i].used = reply->used[j][call->states[i].window];
        return 0;
}

void ledger_call_end(LedgerCall *call) {
        for (size_t i = 0; i < call->count; i++)
                call->subjects[i]->calls--;
        *call = (LedgerCall){};
}
