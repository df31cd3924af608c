/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/ledger-state.h"

#define SWEEP_BUCKETS_MAX 4096 /* of subjects, at each sweep */

static bool is_word(LogText text, const char *word) {
        return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

/* Exim may not have got our answer in time: then its own line counts. */
static void correct(Ledger *ledger, LedgerMessage *message, bool is_held) {
        if (message->state == LEDGER_OPEN_HELD && !is_held) {
                ledger_dequeue(ledger, message);
                message->state = LEDGER_OPEN;
                message->was_held = false;
                ledger_reserve(message);
                ledger_note_message(ledger, message, true);
        }
        message->is_in_log = true;
        ledger_mark(ledger, message);
}

int ledger_log_verdict(
                Ledger *ledger,
                const char *id,
                const LogLine *line,
                int64_t time_sec,
                int64_t now_sec) {
        LedgerMessage *message = ledger_find(ledger, id);
        bool is_held = is_word(line->verdict, "hold");
        bool is_accepted = is_held || is_word(line->verdict, "ok") ||
                           is_word(line->verdict, "observe") || is_word(line->verdict, "none");
        int r;

        if (message) {
                if (message->state == LEDGER_OPEN || message->state == LEDGER_OPEN_HELD)
                        correct(ledger, message, is_held);
                return 0;
        }
        if (!is_accepted || line->count == 0 || line->count > METER_RECIPIENTS_MAX ||
            ledger->messages.count >= LEDGER_MESSAGES_MAX)
                return 0;

        r = ledger_add_message(
                        ledger,
                        id,
                        is_held ? LEDGER_UNASKED_HELD : LEDGER_UNASKED,
                        line->count,
                        (uint32_t) MIN_OF(MAX_OF(time_sec, 0), now_sec),
                        (uint32_t) now_sec,
                        &message);
        if (r < 0)
                return r;

        ledger_set_uid(message, line->has_uid, line->uid);
        message->was_held = is_held;
        message->is_in_log = true;
        ledger_mark(ledger, message);
        return 0;
}

bool ledger_is_unasked(const Ledger *ledger, const char *id, bool *ret_has_uid, uint32_t *ret_uid) {
        const LedgerMessage *message = ledger_find(ledger, id);

        if (!message || (message->state != LEDGER_UNASKED && message->state != LEDGER_UNASKED_HELD))
                return false;

        *ret_has_uid = message->has_uid;
        *ret_uid = message->uid;
        return true;
}

static bool has_subjects(const LedgerMessage *message) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i])
                        return true;

        return false;
}

/* Accepted while the meter was down, or what it knew is lost: the line says for whom it counts. */
static int accept_unasked(
                Ledger *ledger, LedgerMessage *message, const Subjects *subjects, int64_t now_sec) {
        const char *names[_SUBJECT_KIND_MAX];
        int r;

        if (subjects_are_empty(subjects) && !has_subjects(message)) {
                ledger_forget(ledger, message);
                return 0;
        }

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                names[i] = subjects->names[i];
        r = ledger_set_subjects(ledger, message, names);
        if (r < 0)
                return r;

        if (message->state == LEDGER_UNASKED)
                return ledger_count(ledger, message, message->time_sec, now_sec);

        message->state = LEDGER_HELD;
        ledger_enqueue(ledger, message);
        ledger_mark(ledger, message);
        return 0;
}

static int accept_message(
                Ledger *ledger, LedgerMessage *message, const Subjects *subjects, int64_t now_sec) {
        switch ((LedgerState) message->state) {
        case LEDGER_OPEN:
                return ledger_count(ledger, message, message->time_sec, now_sec);
        case LEDGER_OPEN_HELD:
                message->state = LEDGER_HELD;
                ledger_mark(ledger, message);
                return 0;
        case LEDGER_UNASKED:
        case LEDGER_UNASKED_HELD:
                return accept_unasked(ledger, message, subjects, now_sec);
        case LEDGER_HELD:
        case LEDGER_COUNTED:
        case LEDGER_DISCARDED:
        case LEDGER_RESET:
        case LEDGER_FORGOTTEN:
        default:
                return 0;
        }
}

int ledger_log_accepted(Ledger *ledger, const char *id, const Subjects *subjects, int64_t now_sec) {
        LedgerMessage *message = ledger_find(ledger, id);
        int r;

        if (!message)
                return 0;

        r = accept_message(ledger, message, subjects, now_sec);
        return r < 0 ? r : ledger_share_accepted(ledger, message, now_sec);
}

/* Not before our own line: what comes before it is the administrator's ACL's, with words of the
 * client's. */
void ledger_log_rejected(Ledger *ledger, const char *id) {
        LedgerMessage *message = ledger_find(ledger, id);

        if (message && message->is_in_log)
                ledger_withdraw(ledger, message);
}

void ledger_log_delivered(Ledger *ledger, const char *id) {
        LedgerMessage *message = ledger_find(ledger, id);

        if (message && (message->state == LEDGER_HELD || message->state == LEDGER_DISCARDED))
                message->is_delivered = true;
}

/* It was held, and is gone: somebody has forced its delivery, which counts, or removed it. */
int ledger_log_completed(Ledger *ledger, const char *id, int64_t now_sec) {
        LedgerMessage *message = ledger_find(ledger, id);

        if (!message || (message->state != LEDGER_HELD && message->state != LEDGER_DISCARDED))
                return 0;
        if (message->is_delivered)
                return ledger_count(ledger, message, now_sec, now_sec);

        ledger_forget(ledger, message);
        return 0;
}

static bool is_clean(const LedgerMessage *message) {
        return !message->is_dirty && !message->is_unkept && !message->is_in_flight &&
               !message->has_open;
}

/* The oldest of those that age has come to its end. */
static int end_age(Ledger *ledger, LedgerMessage *message, int64_t now_sec, bool log_is_read) {
        int r = 0;

        switch ((LedgerState) message->state) {
        case LEDGER_OPEN:
        case LEDGER_OPEN_HELD:
                if (log_is_read)
                        ledger_forget(ledger, message);
                else
                        r = ledger_count(ledger, message, message->time_sec, now_sec);
                break;
        case LEDGER_UNASKED:
        case LEDGER_UNASKED_HELD:
                ledger_forget(ledger, message);
                break;
        case LEDGER_COUNTED:
        case LEDGER_RESET:
        case LEDGER_FORGOTTEN:
                if (is_clean(message)) {
                        ledger_free_message(ledger, message);
                        return 0;
                }
                break;
        case LEDGER_HELD:
        case LEDGER_DISCARDED:
        default:
                break;
        }

        ledger_age(ledger, message, (uint32_t) now_sec);
        return r;
}

static void sweep_bucket(Ledger *ledger, HashNode *node, int64_t now_sec) {
        while (node) {
                LedgerSubject *subject = HASH_ENTRY(node, LedgerSubject, node);

                node = node->next;
                window_advance(&subject->window, now_sec);
                if (subject->messages > 0 || subject->calls > 0 ||
                    !window_is_empty(&subject->window))
                        continue;
                hash_table_remove(&ledger->subjects, &subject->node);
                window_done(&subject->window);
                free(subject);
        }
}

static void sweep_subjects(Ledger *ledger, int64_t now_sec) {
        size_t count = MIN_OF(ledger->subjects.allocated, (size_t) SWEEP_BUCKETS_MAX);

        for (size_t i = 0; i < count; i++) {
                size_t bucket = ledger->swept_bucket++ & (ledger->subjects.allocated - 1);

                sweep_bucket(ledger, ledger->subjects.buckets[bucket], now_sec);
        }
}

int ledger_sweep(Ledger *ledger, int64_t now_sec, bool log_is_read) {
        LedgerMessage *last = ledger->aging.last;
        int r;

        for (LedgerMessage *message = ledger->aging.first; message;) {
                LedgerMessage *behind = message == last ? NULL : message->aging.behind;

                /* the clock was put back */
                if (message->since_sec > now_sec)
                        message->since_sec = (uint32_t) now_sec;
                if (message->since_sec + (int64_t) LEDGER_OPEN_SEC >= now_sec)
                        break;
                r = end_age(ledger, message, now_sec, log_is_read);
                if (r < 0)
                        return r;
                message = behind;
        }

        sweep_subjects(ledger, now_sec);
        return 0;
}
