/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is held: for people, who may send or remove it. */

#include <errno.h>

#include "meter/ledger-state.h"

#define TELL_SEC 60 /* of one that is to be removed, for the second time */

static bool is_of(const LedgerMessage *message, SubjectKind kind, const LedgerSubject *subject) {
        return message->state == LEDGER_HELD && (!subject || message->subjects[kind] == subject);
}

void ledger_set_watcher(Ledger *ledger, LedgerWatcher watcher, void *userdata) {
        ledger->watcher = watcher;
        ledger->watcher_userdata = userdata;
}

void ledger_tell(const Ledger *ledger, LedgerEventKind kind, const LedgerMessage *message) {
        LedgerEvent event = {
                .kind = kind,
                .id = message->id,
                .recipients = message->recipients,
        };

        if (!ledger->watcher)
                return;
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                event.names[i] = message->subjects[i] ? message->subjects[i]->name : NULL;
        ledger->watcher(&event, ledger->watcher_userdata);
}

bool ledger_find_held(const Ledger *ledger, const char *id, LedgerHeld *ret) {
        const LedgerMessage *message = ledger_find(ledger, id);

        if (!message || message->state != LEDGER_HELD)
                return false;

        *ret = (LedgerHeld){
                .id = message->id,
                .recipients = message->recipients,
                .since_sec = message->time_sec,
                .has_uid = message->has_uid,
                .uid = message->uid,
        };
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                ret->names[i] = message->subjects[i] ? message->subjects[i]->name : NULL;
        return true;
}

size_t ledger_list_held(
                const Ledger *ledger,
                SubjectKind kind,
                const char *name,
                const char *after,
                size_t count_max,
                const char *ret_ids[]) {
        const LedgerSubject *subject = name ? ledger_find_subject(ledger, kind, name) : NULL;
        const LedgerMessage *message = after ? ledger_find(ledger, after) : NULL;
        size_t count = 0;

        if ((name && !subject) || (after && (!message || !is_of(message, kind, subject))))
                return 0;

        if (!message)
                message = subject ? subject->first : ledger->waiting.first;
        else
                message = subject ? message->wait->queues[kind].behind : message->wait->all.behind;

        while (message && count < count_max) {
                /* what Exim has not accepted yet waits too */
                if (message->state == LEDGER_HELD)
                        ret_ids[count++] = message->id;
                message = subject ? message->wait->queues[kind].behind : message->wait->all.behind;
        }

        return count;
}

int ledger_let_go(Ledger *ledger, LedgerMessage *message, int64_t now_sec) {
        int r;

        r = ledger_count(ledger, message, now_sec, now_sec);
        if (r < 0)
                return r;

        message->by_release = true;
        ledger_age(ledger, message, (uint32_t) now_sec);
        return 0;
}

int ledger_send_held(Ledger *ledger, const char *id, int64_t now_sec, bool *ret_done) {
        LedgerMessage *message = ledger_find(ledger, id);

        *ret_done = message && message->state == LEDGER_HELD;
        if (!*ret_done)
                return 0;

        ledger_tell(ledger, LEDGER_EVENT_SENT, message);
        return ledger_let_go(ledger, message, now_sec);
}

void ledger_add_discarded(Ledger *ledger, LedgerMessage *message, int64_t now_sec) {
        LedgerList *list = &ledger->discarded;

        message->wait->discarded_sec = (uint32_t) now_sec;
        message->wait->told_sec = 0;
        /* nobody was told of it: it is the next */
        message->wait->all = (LedgerLink){ .behind = list->first };
        *(list->first ? &list->first->wait->all.before : &list->last) = message;
        list->first = message;
}

void ledger_remove_discarded(Ledger *ledger, LedgerMessage *message) {
        LedgerList *list = &ledger->discarded;
        LedgerLink *link = &message->wait->all;

        *(link->before ? &link->before->wait->all.behind : &list->first) = link->behind;
        *(link->behind ? &link->behind->wait->all.before : &list->last) = link->before;
        *link = (LedgerLink){};
}

bool ledger_discard_held(Ledger *ledger, const char *id, int64_t now_sec) {
        LedgerMessage *message = ledger_find(ledger, id);

        if (!message || message->state != LEDGER_HELD)
                return false;

        ledger_tell(ledger, LEDGER_EVENT_DISCARDED, message);
        ledger_dequeue(ledger, message);
        message->state = LEDGER_DISCARDED;
        ledger_add_discarded(ledger, message, now_sec);
        ledger_mark(ledger, message);
        return true;
}

/* If it was in vain once, Exim was busy with it; the message may also have gone unseen, and then
 * it would be told of for ever. */
static bool is_due(const LedgerMessage *message, int64_t now_sec) {
        int64_t told = message->wait->told_sec;

        return told == 0 || told > now_sec ||
               now_sec - told >= MAX_OF((int64_t) TELL_SEC,
                                        told - (int64_t) message->wait->discarded_sec);
}

static void move_to_the_end(LedgerList *list, LedgerMessage *message) {
        message->wait->all = (LedgerLink){ .before = list->last };
        *(list->last ? &list->last->wait->all.behind : &list->first) = message;
        list->last = message;
}

void ledger_find_discarded(
                Ledger *ledger,
                int64_t now_sec,
                size_t count_max,
                LedgerReleasable handler,
                void *userdata) {
        LedgerMessage *message = ledger->discarded.first;

        for (size_t i = 0; i < count_max && message; i++) {
                LedgerMessage *behind = message->wait->all.behind;

                if (is_due(message, now_sec)) {
                        message->wait->told_sec = (uint32_t) now_sec;
                        ledger_remove_discarded(ledger, message);
                        move_to_the_end(&ledger->discarded, message);
                        handler(message->id, userdata);
                }
                message = behind;
        }
}
