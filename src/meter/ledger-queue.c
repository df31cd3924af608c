/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What waits, in which order, for whom; and what is set for a subject by name, which decides
 * whether its mail waits in a queue, or beside it. */

#include "meter/ledger-state.h"

/* Which one it comes behind: by time, and nearly always the last. */
static LedgerMessage *find_before(const Ledger *ledger, const LedgerMessage *message) {
        LedgerMessage *before = ledger->waiting.last;

        while (before && before->time_sec > message->time_sec)
                before = before->wait->all.before;
        return before;
}

static void enqueue_for(LedgerMessage *message, size_t kind) {
        LedgerSubject *subject = message->subjects[kind];
        LedgerLink *link = &message->wait->queues[kind];

        link->before = subject->last;
        while (link->before && link->before->time_sec > message->time_sec)
                link->before = link->before->wait->queues[kind].before;
        link->behind = link->before ? link->before->wait->queues[kind].behind : subject->first;

        *(link->before ? &link->before->wait->queues[kind].behind : &subject->first) = message;
        *(link->behind ? &link->behind->wait->queues[kind].before : &subject->last) = message;
        subject->held += message->recipients;
}

static void wait_for(LedgerMessage *message, size_t kind) {
        if (message->is_parked)
                message->subjects[kind]->parked += message->recipients;
        else
                enqueue_for(message, kind);
}

void ledger_enqueue(Ledger *ledger, LedgerMessage *message) {
        LedgerLink *link = &message->wait->all;

        link->before = find_before(ledger, message);
        link->behind = link->before ? link->before->wait->all.behind : ledger->waiting.first;
        *(link->before ? &link->before->wait->all.behind : &ledger->waiting.first) = message;
        *(link->behind ? &link->behind->wait->all.before : &ledger->waiting.last) = message;

        message->is_parked = ledger_is_suspended(ledger, message, NULL);
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        wait_for(message, i);
}

static void dequeue_for(LedgerMessage *message, size_t kind) {
        LedgerSubject *subject = message->subjects[kind];
        LedgerLink *link = &message->wait->queues[kind];

        *(link->before ? &link->before->wait->queues[kind].behind : &subject->first) = link->behind;
        *(link->behind ? &link->behind->wait->queues[kind].before : &subject->last) = link->before;
        *link = (LedgerLink){};
        subject->held -= message->recipients;
}

static void wait_no_more_for(LedgerMessage *message, size_t kind) {
        if (message->is_parked)
                message->subjects[kind]->parked -= message->recipients;
        else
                dequeue_for(message, kind);
}

void ledger_dequeue(Ledger *ledger, LedgerMessage *message) {
        LedgerLink *link = &message->wait->all;

        if (ledger->release_from == message)
                ledger->release_from = link->behind;
        *(link->before ? &link->before->wait->all.behind : &ledger->waiting.first) = link->behind;
        *(link->behind ? &link->behind->wait->all.before : &ledger->waiting.last) = link->before;
        *link = (LedgerLink){};

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        wait_no_more_for(message, i);
}

/* Whoever is suspended gives up his place before others; he has it again afterwards. */
static void repark(const Ledger *ledger, LedgerMessage *message) {
        bool park = ledger_is_suspended(ledger, message, NULL);

        if (park == message->is_parked)
                return;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        wait_no_more_for(message, i);
        message->is_parked = park;
        message->wait->told_sec = 0;
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        wait_for(message, i);
}

void ledger_subject_changed(Ledger *ledger, SubjectKind kind, const char *name) {
        const LedgerSubject *subject = ledger_find_subject(ledger, kind, name);
        SubjectSettings settings;

        (void) ledger_look_up(ledger, kind, name, &settings);
        if (settings.suspension == SUSPENSION_NONE)
                stopped_resume(ledger->stopped, kind, name);
        if (!subject)
                return;

        for (LedgerMessage *m = ledger->waiting.first; m; m = m->wait->all.behind)
                if (m->subjects[kind] == subject)
                        repark(ledger, m);
}
