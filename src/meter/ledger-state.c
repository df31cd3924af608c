/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "meter/ledger-state.h"

static uint64_t hash_id(const Ledger *ledger, const char *id) {
        return hash_bytes(&ledger->key, id, strlen(id));
}

LedgerMessage *ledger_find(const Ledger *ledger, const char *id) {
        HashNode *node = hash_table_first(&ledger->messages, hash_id(ledger, id));

        for (; node; node = hash_table_next(node)) {
                LedgerMessage *message = HASH_ENTRY(node, LedgerMessage, node);

                if (strcmp(message->id, id) == 0)
                        return message;
        }

        return NULL;
}

/* A name is asked for by its kind too: that is part of the hash only by chance of the key. */
LedgerSubject *ledger_find_subject(const Ledger *ledger, SubjectKind kind, const char *name) {
        HashNode *node = hash_table_first(
                        &ledger->subjects, hash_bytes(&ledger->key, name, strlen(name)) + kind);

        for (; node; node = hash_table_next(node)) {
                LedgerSubject *subject = HASH_ENTRY(node, LedgerSubject, node);

                if (subject->kind == kind && strcmp(subject->name, name) == 0)
                        return subject;
        }

        return NULL;
}

int ledger_get_subject(Ledger *ledger, SubjectKind kind, const char *name, LedgerSubject **ret) {
        LedgerSubject *subject = ledger_find_subject(ledger, kind, name);
        size_t size = strlen(name) + 1;

        if (!subject) {
                subject = calloc(1, sizeof(*subject) + size);
                if (!subject)
                        return -ENOMEM;
                subject->kind = (uint8_t) kind;
                memcpy(subject->name, name, size);
                if (hash_table_add(&ledger->subjects,
                                   &subject->node,
                                   hash_bytes(&ledger->key, name, size - 1) + kind) < 0) {
                        free(subject);
                        return -ENOMEM;
                }
        }

        *ret = subject;
        return 0;
}

int ledger_set_subjects(Ledger *ledger, LedgerMessage *message, const char *const names[]) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                int r;

                if (!names[i][0] || message->subjects[i])
                        continue;
                r = ledger_get_subject(ledger, i, names[i], &message->subjects[i]);
                if (r < 0)
                        return r;
                message->subjects[i]->messages++;
        }

        return 0;
}

void ledger_set_uid(LedgerMessage *message, bool has_uid, uint32_t uid) {
        message->has_uid = has_uid;
        message->uid = has_uid ? uid : 0;
}

static void unlink_aging(Ledger *ledger, LedgerMessage *message) {
        LedgerLink *link = &message->aging;

        *(link->before ? &link->before->aging.behind : &ledger->aging.first) = link->behind;
        *(link->behind ? &link->behind->aging.before : &ledger->aging.last) = link->before;
}

static void append_aging(Ledger *ledger, LedgerMessage *message) {
        message->aging = (LedgerLink){ .before = ledger->aging.last };
        *(ledger->aging.last ? &ledger->aging.last->aging.behind : &ledger->aging.first) = message;
        ledger->aging.last = message;
}

void ledger_age(Ledger *ledger, LedgerMessage *message, uint32_t since_sec) {
        unlink_aging(ledger, message);
        message->since_sec = since_sec;
        append_aging(ledger, message);
}

static bool may_wait(LedgerState state) {
        switch (state) {
        case LEDGER_OPEN_HELD:
        case LEDGER_UNASKED_HELD:
        case LEDGER_HELD:
        case LEDGER_DISCARDED:
                return true;
        case LEDGER_OPEN:
        case LEDGER_UNASKED:
        case LEDGER_COUNTED:
        case LEDGER_RESET:
        case LEDGER_FORGOTTEN:
        default:
                return false;
        }
}

int ledger_add_message(
                Ledger *ledger,
                const char *id,
                LedgerState state,
                uint32_t recipients,
                uint32_t time_sec,
                uint32_t since_sec,
                LedgerMessage **ret) {
        LedgerMessage *message =
                        calloc(1, sizeof(*message) + (may_wait(state) ? sizeof(LedgerWait) : 0));

        if (!message)
                return -ENOMEM;
        if (hash_table_add(&ledger->messages, &message->node, hash_id(ledger, id)) < 0) {
                free(message);
                return -ENOMEM;
        }

        memcpy(message->id, id, strlen(id) + 1);
        message->state = (uint8_t) state;
        message->recipients = recipients;
        message->time_sec = time_sec;
        message->since_sec = since_sec;
        append_aging(ledger, message);

        *ret = message;
        return 0;
}

void ledger_free_message(Ledger *ledger, LedgerMessage *message) {
        assert(!message->is_dirty && !message->is_unkept && !message->is_in_flight);

        unlink_aging(ledger, message);
        if (message->state != LEDGER_FORGOTTEN)
                hash_table_remove(&ledger->messages, &message->node);
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        message->subjects[i]->messages--;
        free(message);
}

void ledger_reserve(LedgerMessage *message) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        message->subjects[i]->reserved += message->recipients;
}

void ledger_unreserve(LedgerMessage *message) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        message->subjects[i]->reserved -= message->recipients;
}

static void give_back(Ledger *ledger, LedgerMessage *message) {
        if (message->state == LEDGER_OPEN) {
                ledger_unreserve(message);
                ledger_note_message(ledger, message, false);
        } else if (message->state == LEDGER_OPEN_HELD || message->state == LEDGER_HELD)
                ledger_dequeue(ledger, message);
        else if (message->state == LEDGER_DISCARDED)
                ledger_remove_discarded(ledger, message);
}

void ledger_withdraw(Ledger *ledger, LedgerMessage *message) {
        if (message->state != LEDGER_OPEN && message->state != LEDGER_OPEN_HELD)
                return;

        give_back(ledger, message);
        message->state = message->state == LEDGER_OPEN ? LEDGER_UNASKED : LEDGER_UNASKED_HELD;
        ledger_mark(ledger, message);
}

int ledger_count(Ledger *ledger, LedgerMessage *message, int64_t time_sec, int64_t now_sec) {
        /* what was reserved counts with the server already */
        if (message->state == LEDGER_OPEN && message->time_sec == time_sec)
                ledger_unreserve(message);
        else {
                give_back(ledger, message);
                message->time_sec = (uint32_t) time_sec;
                ledger_note_message(ledger, message, true);
        }
        message->state = LEDGER_COUNTED;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i]) {
                        int r =
                                        window_add(&message->subjects[i]->window,
                                                   time_sec,
                                                   message->recipients,
                                                   now_sec);

                        if (r < 0)
                                return r;
                }

        ledger_mark(ledger, message);
        return 0;
}

void ledger_forget(Ledger *ledger, LedgerMessage *message) {
        give_back(ledger, message);
        hash_table_remove(&ledger->messages, &message->node);
        message->state = LEDGER_FORGOTTEN;
        ledger_mark(ledger, message);
}

int ledger_count_old(
                Ledger *ledger,
                const char *const names[],
                uint32_t recipients,
                int64_t time_sec,
                int64_t now_sec) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                LedgerSubject *subject;
                int r;

                if (!names[i][0])
                        continue;
                r = ledger_get_subject(ledger, i, names[i], &subject);
                if (r >= 0)
                        r = window_add(&subject->window, time_sec, recipients, now_sec);
                if (r < 0)
                        return r;
        }

        return 0;
}

void ledger_mark_dirty(Ledger *ledger, LedgerMessage *message) {
        if (message->is_dirty)
                return;

        message->is_dirty = true;
        message->next_dirty = ledger->dirty;
        ledger->dirty = message;
}

void ledger_mark_unkept(Ledger *ledger, LedgerMessage *message) {
        if (message->is_unkept)
                return;

        message->is_unkept = true;
        message->next_unkept = ledger->unkept;
        ledger->unkept = message;
}

void ledger_mark(Ledger *ledger, LedgerMessage *message) {
        ledger_mark_dirty(ledger, message);
        ledger_mark_unkept(ledger, message);
}

int ledger_new(const HashKey *key, Ledger **ret) {
        CLEANUP(ledger_freep) Ledger *ledger = calloc(1, sizeof(*ledger));
        int r;

        if (!ledger)
                return -ENOMEM;
        ledger->key = *key;
        ledger->resets = key->words[1];
        ledger->part_percent = 100;
        if (getrandom(&ledger->run, sizeof(ledger->run), 0) != sizeof(ledger->run))
                return -errno;
        r = share_new(key, &ledger->share);
        if (r >= 0)
                r = stopped_new(key, STOPPED_MAX, &ledger->stopped);
        if (r < 0)
                return r;

        *ret = TAKE(ledger);
        return 0;
}

static void free_subjects(Ledger *ledger) {
        for (size_t i = 0; i < ledger->subjects.allocated; i++)
                for (HashNode *node = ledger->subjects.buckets[i]; node;) {
                        LedgerSubject *subject = HASH_ENTRY(node, LedgerSubject, node);

                        node = node->next;
                        window_done(&subject->window);
                        free(subject);
                }
        hash_table_done(&ledger->subjects);
}

Ledger *ledger_free(Ledger *ledger) {
        if (!ledger)
                return NULL;

        for (LedgerMessage *message = ledger->aging.first; message;) {
                LedgerMessage *behind = message->aging.behind;

                free(message);
                message = behind;
        }
        hash_table_done(&ledger->messages);
        free_subjects(ledger);
        share_free(ledger->share);
        stopped_free(ledger->stopped);
        free(ledger);
        return NULL;
}
