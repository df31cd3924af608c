/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When what is held may go. */

#include "meter/ledger-state.h"

#define TELL_SEC 60   /* of a message so often, if nothing comes of it */
#define LOOK_MAX 1000 /* waiting messages looked at in one go */

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
        uint64_t room;

        if (ledger_is_full(ledger, subject, now_sec))
                return false;

        room = room_of(ledger, subject, now_sec, &is_idle);

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

bool ledger_may_go(Ledger *ledger, const LedgerMessage *message, int64_t now_sec) {
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

/* What the server has counted for it is not told again. */
static int let_go(Ledger *ledger, LedgerMessage *message, const LedgerCall *call, int64_t now_sec) {
        LedgerTeller teller = ledger->teller;
        int r;

        ledger_tell(ledger, LEDGER_EVENT_RELEASED, message);
        if (call)
                ledger->teller = NULL;
        r = ledger_let_go(ledger, message, now_sec);
        ledger->teller = teller;
        return r;
}

int ledger_release_shared(
                Ledger *ledger,
                const char *id,
                const Subjects *names,
                int64_t now_sec,
                const LedgerCall *call,
                bool *ret_go) {
        LedgerMessage *message = ledger_find(ledger, id);
        bool is_held = message &&
                       (message->state == LEDGER_HELD || message->state == LEDGER_OPEN_HELD);

        if (is_held && call && !call->is_reserved)
                ledger_note_full(call, now_sec);
        else if (is_held && ledger_may_go(ledger, message, now_sec)) {
                *ret_go = true;
                return let_go(ledger, message, call, now_sec);
        }

        if (call && call->is_reserved)
                ledger_note_unused(ledger, call, now_sec);
        *ret_go = (!message || message->state == LEDGER_OPEN || message->state == LEDGER_COUNTED ||
                   message->state == LEDGER_UNASKED || message->state == LEDGER_RESET) &&
                  !is_stopped(ledger, message, id, names);
        return 0;
}

int ledger_release(
                Ledger *ledger,
                const char *id,
                const Subjects *names,
                int64_t now_sec,
                bool *ret_go) {
        return ledger_release_shared(ledger, id, names, now_sec, NULL, ret_go);
}

void ledger_find_releasable(
                Ledger *ledger,
                int64_t now_sec,
                size_t count_max,
                LedgerReleasable handler,
                void *userdata) {
        LedgerMessage *message = ledger->release_from ?: ledger->waiting.first;
        size_t found = stopped_take(ledger->stopped, count_max, handler, userdata);

        for (size_t i = 0; i < LOOK_MAX && message && found < count_max; i++) {
                bool is_due = message->wait->told_sec == 0 || message->wait->told_sec > now_sec ||
                              message->wait->told_sec + TELL_SEC <= now_sec;

                if (message->state == LEDGER_HELD && is_due &&
                    ledger_may_go(ledger, message, now_sec)) {
                        message->wait->told_sec = (uint32_t) now_sec;
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
