/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meter/ledger-state.h"

#define TELL_SEC         3600 /* a subject's log line so often */
#define RELEASE_TELL_SEC 60   /* the release of a message so often, if nothing comes of it */
#define RELEASE_LOOK_MAX 1000 /* waiting messages looked at in one go */

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

/* What waits for that subject. While it is suspended that is also what is parked, which would grow
 * without an end otherwise. */
static uint64_t held_of(const LedgerSubject *subject, const SubjectSettings *settings) {
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
                                .held = held_of(subject, &settings[i]),
                        };
                }
        }

        return count;
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
                int64_t now_sec) {
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

int ledger_ask(Ledger *ledger,
               const char *id,
               uint32_t recipients,
               const Subjects *names,
               bool has_uid,
               uint32_t uid,
               int64_t now_sec,
               LedgerAnswer *ret) {
        LedgerAnswer answer = { .has_uid = has_uid, .uid = uid };
        LedgerSubject *subjects[_SUBJECT_KIND_MAX] = {};
        SubjectSettings settings[_SUBJECT_KIND_MAX];
        LimitState states[LIMIT_STATES_MAX];
        const LedgerMessage *known = id ? ledger_find(ledger, id) : NULL;
        size_t count;
        int r;

        assert(recipients > 0 && ret);

        if (known) {
                repeat_answer(known, ret);
                return 0;
        }

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (names->names[i][0])
                        subjects[i] = ledger_find_subject(ledger, i, names->names[i]);
        ledger_look_up_all(ledger, names, settings);
        count = read_states(ledger, subjects, names, settings, now_sec, states);
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
                r = take_in(ledger, id, recipients, names, &answer, now_sec);
                if (r < 0)
                        return r;
        }

        tell(ledger, id, recipients, names, &answer);

        *ret = answer;
        return 0;
}

/* What of a subject's limits is left, not counting what waits. `ret_is_idle`: all of it. */
static uint64_t room_of(
                const Ledger *ledger, LedgerSubject *subject, int64_t now_sec, bool *ret_is_idle) {
        SubjectKind kind = (SubjectKind) subject->kind;
        uint64_t room = UINT64_MAX;
        SubjectSettings settings;

        *ret_is_idle = true;
        (void) ledger_look_up(ledger, kind, subject->name, &settings);
        window_advance(&subject->window, now_sec);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++) {
                uint64_t limit = ledger_limit_of(ledger, &settings, kind, i);
                uint64_t used = window_sum(&subject->window, i) + subject->reserved;

                if (limit == 0)
                        continue;
                room = MIN_OF(room, limit > used ? limit - used : 0);
                *ret_is_idle = *ret_is_idle && used == 0;
        }

        return room;
}

/* Has the subject room for the message and for all that has waited longer? */
static bool has_room(
                const Ledger *ledger,
                LedgerSubject *subject,
                const LedgerMessage *message,
                int64_t now_sec) {
        bool is_idle;
        uint64_t room = room_of(ledger, subject, now_sec, &is_idle);

        if (subject->held <= room)
                return true;
        /* the limit may be lower now than when it was held: it must go once */
        if (is_idle && subject->first == message)
                return true;

        for (const LedgerMessage *m = subject->first; m;
             m = m->wait->queues[subject->kind].behind) {
                if (m->recipients > room)
                        return false;
                if (m == message)
                        return true;
                room -= m->recipients;
        }

        return true;
}

static bool may_go(Ledger *ledger, const LedgerMessage *message, int64_t now_sec) {
        if (message->is_parked)
                return false;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i] &&
                    !has_room(ledger, message->subjects[i], message, now_sec))
                        return false;

        return ledger_share_lets_go(ledger, message, now_sec);
}

/* It is not held, but for that. */
static bool is_stopped(
                Ledger *ledger,
                const LedgerMessage *message,
                const char *id,
                const Subjects *names) {
        const char *all[_SUBJECT_KIND_MAX] = {};

        if (!ledger_is_suspended(ledger, message, names))
                return false;

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message && message->subjects[i])
                        all[i] = message->subjects[i]->name;
                else if (names)
                        all[i] = names->names[i];
        stopped_add(ledger->stopped, id, all);
        return true;
}

int ledger_release(
                Ledger *ledger,
                const char *id,
                const Subjects *names,
                int64_t now_sec,
                bool *ret_go) {
        LedgerMessage *message = ledger_find(ledger, id);
        int r;

        if (!message || message->state == LEDGER_OPEN || message->state == LEDGER_COUNTED ||
            message->state == LEDGER_UNASKED || message->state == LEDGER_RESET) {
                *ret_go = !is_stopped(ledger, message, id, names);
                return 0;
        }
        if (message->state == LEDGER_UNASKED_HELD || message->state == LEDGER_DISCARDED ||
            !may_go(ledger, message, now_sec)) {
                *ret_go = false;
                return 0;
        }

        ledger_tell(ledger, LEDGER_EVENT_RELEASED, message);
        r = ledger_let_go(ledger, message, now_sec);
        if (r < 0)
                return r;

        *ret_go = true;
        return 0;
}

void ledger_find_releasable(
                Ledger *ledger,
                int64_t now_sec,
                size_t count_max,
                LedgerReleasable handler,
                void *userdata) {
        LedgerMessage *message = ledger->release_from ?: ledger->waiting.first;
        size_t found = stopped_take(ledger->stopped, count_max, handler, userdata);

        for (size_t i = 0; i < RELEASE_LOOK_MAX && message && found < count_max; i++) {
                bool is_due = message->wait->told_sec == 0 || message->wait->told_sec > now_sec ||
                              message->wait->told_sec + RELEASE_TELL_SEC <= now_sec;

                if (message->state == LEDGER_HELD && is_due && may_go(ledger, message, now_sec)) {
                        message->wait->told_sec = now_of(now_sec);
                        handler(message->id, userdata);
                        found++;
                }
                message = message->wait->all.behind;
        }

        ledger->release_from = message;
}

bool ledger_has_resumed(const Ledger *ledger) {
        return stopped_has_due(ledger->stopped);
}

size_t ledger_count_subjects(const Ledger *ledger) {
        return ledger->subjects.count;
}

size_t ledger_count_messages(const Ledger *ledger) {
        return ledger->messages.count;
}
