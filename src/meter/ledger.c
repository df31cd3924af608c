/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/ledger-state.h"

#define TELL_SEC 3600 /* a subject's log line so often */

void ledger_set_rules(Ledger *ledger, const LedgerRules *rules) {
        ledger->rules = *rules;
}

static uint32_t now_of(int64_t now_sec) {
        assert(now_sec >= 0 && now_sec <= UINT32_MAX);
        return (uint32_t) now_sec;
}

bool ledger_is_to_tell(uint32_t *told_sec, int64_t now_sec) {
        if (*told_sec > 0 && *told_sec + TELL_SEC > now_sec)
                return false;

        *told_sec = now_of(now_sec);
        return true;
}

uint64_t ledger_held_of(const LedgerSubject *subject, const SubjectSettings *settings) {
        if (!subject)
                return 0;
        return subject->held + (settings->suspension != SUSPENSION_NONE ? subject->parked : 0);
}

/* All limits that the subjects have; those that are not known yet have used nothing. */
static size_t read_states(
                const Ledger *ledger,
                LedgerSubject *const subjects[],
                const Subjects *names,
                const SubjectSettings settings[static _SUBJECT_KIND_MAX],
                int64_t now_sec,
                LimitState ret[static LIMIT_STATES_MAX]) {
        size_t count = 0;

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                LedgerSubject *subject = subjects[i];

                if (!names->names[i][0])
                        continue;
                if (subject)
                        window_advance(&subject->window, now_sec);

                for (WindowLength j = 0; j < _WINDOW_LENGTH_MAX; j++) {
                        uint64_t limit = ledger_limit_of(ledger, &settings[i], i, j);

                        if (limit == 0)
                                continue;
                        ret[count++] = (LimitState){
                                .subject = i,
                                .window = j,
                                .limit = limit,
                                .used = subject ? window_sum(&subject->window, j) +
                                                                        subject->reserved
                                                : 0,
                                .held = ledger_held_of(subject, &settings[i]),
                        };
                }
        }

        return count;
}

static size_t copy_states(const LedgerCall *call, LimitState ret[static LIMIT_STATES_MAX]) {
        memcpy(ret, call->states, call->state_count * sizeof(ret[0]));
        return call->state_count;
}

static void explain(
                LedgerSubject *const subjects[],
                const Subjects *names,
                uint32_t recipients,
                int64_t now_sec,
                LedgerAnswer *answer) {
        SubjectKind kind = answer->cause.subject;
        LedgerSubject *subject = subjects[kind];

        answer->name = names->names[kind];
        answer->until_sec = now_sec;
        if (subject)
                answer->until_sec = ledger_time_of_room(
                                subject,
                                answer->cause.window,
                                answer->cause.limit,
                                recipients,
                                now_sec);
        answer->tell = subject && ledger_is_to_tell(&subject->told_sec, now_sec);
}

/* Asked again, for whatever reason. */
static void repeat_answer(const LedgerMessage *message, LedgerAnswer *ret) {
        *ret = (LedgerAnswer){
                .verdict = { .kind = message->was_held ? VERDICT_HOLD : VERDICT_OK },
                .has_uid = message->has_uid,
                .uid = message->uid,
        };
}

static int take_in(
                Ledger *ledger,
                const char *id,
                uint32_t recipients,
                const Subjects *names,
                const LedgerAnswer *answer,
                int64_t now_sec,
                LedgerMessage **ret) {
        const char *borrowed[_SUBJECT_KIND_MAX];
        bool hold = answer->verdict.kind == VERDICT_HOLD;
        LedgerMessage *message;
        int r;

        if (ledger->messages.count >= LEDGER_MESSAGES_MAX)
                return -ENOSPC;

        r = ledger_add_message(
                        ledger,
                        id,
                        hold ? LEDGER_OPEN_HELD : LEDGER_OPEN,
                        recipients,
                        now_of(now_sec),
                        now_of(now_sec),
                        &message);
        if (r < 0)
                return r;
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                borrowed[i] = names->names[i];
        r = ledger_set_subjects(ledger, message, borrowed);
        if (r < 0) {
                ledger_free_message(ledger, message);
                return r;
        }

        ledger_set_uid(message, answer->has_uid, answer->uid);
        message->was_held = hold;
        if (hold)
                ledger_enqueue(ledger, message);
        else
                ledger_reserve(message);
        ledger_mark(ledger, message);
        *ret = message;
        return 0;
}

/* What is not ok, for who watches. */
static void tell(
                const Ledger *ledger,
                const char *id,
                uint32_t recipients,
                const Subjects *names,
                const LedgerAnswer *answer) {
        LedgerEvent event = {
                .id = id,
                .recipients = recipients,
                .cause = &answer->cause,
                .suspension = answer->suspension,
                .verdict = answer->verdict.kind,
                .until_sec = answer->until_sec,
        };

        if (!ledger->watcher)
                return;
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                event.names[i] = names->names[i][0] ? names->names[i] : NULL;

        if (answer->tell) {
                event.kind = LEDGER_EVENT_LIMIT;
                ledger->watcher(&event, ledger->watcher_userdata);
        }
        if (id && answer->verdict.kind == VERDICT_HOLD) {
                event.kind = LEDGER_EVENT_HELD;
                ledger->watcher(&event, ledger->watcher_userdata);
        }
}

/* The server, too, has counted what it has reserved; the rest of what counts it has to be told. */
static void settle(
                Ledger *ledger,
                const LedgerCall *call,
                const LedgerMessage *message,
                uint32_t recipients,
                int64_t now_sec) {
        bool told[_SUBJECT_KIND_MAX] = {};

        for (size_t i = 0; call && call->is_reserved && i < call->count; i++) {
                LedgerSubject *subject = call->subjects[i];

                told[subject->kind] = message && message->subjects[subject->kind] == subject;
                if (!told[subject->kind])
                        ledger_note(ledger, subject, now_sec, -(int64_t) recipients);
        }

        for (size_t i = 0; message && i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i] && !told[i])
                        ledger_note(ledger, message->subjects[i], now_sec, recipients);
}

int ledger_ask_shared(
                Ledger *ledger,
                const char *id,
                uint32_t recipients,
                const Subjects *names,
                bool has_uid,
                uint32_t uid,
                int64_t now_sec,
                const LedgerCall *call,
                LedgerAnswer *ret) {
        LedgerAnswer answer = { .has_uid = has_uid, .uid = uid };
        LedgerSubject *subjects[_SUBJECT_KIND_MAX] = {};
        LedgerMessage *message = NULL;
        SubjectSettings settings[_SUBJECT_KIND_MAX];
        LimitState states[LIMIT_STATES_MAX];
        const LedgerMessage *known = id ? ledger_find(ledger, id) : NULL;
        size_t count;
        int r;

        assert(recipients > 0 && ret);

        if (known) {
                settle(ledger, call, NULL, recipients, now_sec);
                repeat_answer(known, ret);
                return 0;
        }

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (names->names[i][0])
                        subjects[i] = ledger_find_subject(ledger, i, names->names[i]);
        ledger_look_up_all(ledger, names, settings);
        count = call ? copy_states(call, states)
                     : read_states(ledger, subjects, names, settings, now_sec, states);
        answer.verdict = verdict_judge(
                        states, count, recipients, ledger->rules.action, ledger->rules.percent);
        if (answer.verdict.kind != VERDICT_OK) {
                answer.cause = states[answer.verdict.cause];
                explain(subjects, names, recipients, now_sec, &answer);
        }
        ledger_judge_share(
                        ledger,
                        subjects[SUBJECT_DOMAIN],
                        names->names[SUBJECT_DOMAIN],
                        now_sec,
                        &answer);
        ledger_suspend(subjects, names, settings, recipients, &answer);

        if (id && answer.verdict.kind < VERDICT_DEFER && !subjects_are_empty(names)) {
                r = take_in(ledger, id, recipients, names, &answer, now_sec, &message);
                if (r < 0) {
                        settle(ledger, call, NULL, recipients, now_sec);
                        return r;
                }
        }
        settle(ledger,
               call,
               message && message->state == LEDGER_OPEN ? message : NULL,
               recipients,
               now_sec);

        tell(ledger, id, recipients, names, &answer);

        *ret = answer;
        return 0;
}

int ledger_ask(Ledger *ledger,
               const char *id,
               uint32_t recipients,
               const Subjects *names,
               bool has_uid,
               uint32_t uid,
               int64_t now_sec,
               LedgerAnswer *ret) {
        return ledger_ask_shared(ledger, id, recipients, names, has_uid, uid, now_sec, NULL, ret);
}

size_t ledger_count_subjects(const Ledger *ledger) {
        return ledger->subjects.count;
}

size_t ledger_count_messages(const Ledger *ledger) {
        return ledger->messages.count;
}
