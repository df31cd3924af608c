/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/ring.h"
#include "meter/share-senders.h"
#include "meter/share.h"
#include "util/message-id.h"

/* Most of them are never heard of again, and there are many: so small. Its id is in the hash alone:
 * 64 bits of a keyed hash do not meet by chance. */
typedef struct Message {
        HashNode node;
        RingLink link; /* by number */
        uint64_t number;
        int64_t time_sec;
        char names[]; /* of its senders, one for each kind, each with its NUL */
} Message;

/* Of a recipient, who likewise is in the hash alone. */
typedef struct Outcome {
        HashNode node;
        RingLink link; /* the one that was touched longest ago is the first */
        ShareSenderSet senders;
        uint64_t receiver;
        int64_t time_sec;
        bool is_bad;
} Outcome;

struct Share {
        HashKey key;
        ShareSenders senders;
        HashTable messages, outcomes;
        RingLink messages_by_age, outcomes_by_age;
        uint64_t number; /* of the next message */
};

static void remove_message(Share *share, Message *message) {
        hash_table_remove(&share->messages, &message->node);
        ring_remove(&message->link);
        free(message);
}

/* Count it among the bad ones of those who have sent it, or no more: `by` is 1 or -1. */
static void count_bad(const Outcome *outcome, uint64_t by) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                ShareSender *sender = outcome->senders.items[i];

                if (!sender || !outcome->is_bad)
                        continue;
                sender->bad += by;
                sender->sum += by * outcome->receiver;
                sender->squares += by * outcome->receiver * outcome->receiver;
        }
}

static void count_recipient(const Outcome *outcome, uint64_t by) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (outcome->senders.items[i])
                        outcome->senders.items[i]->recipients += by;
}

static void remove_outcome(Share *share, Outcome *outcome) {
        count_bad(outcome, (uint64_t) -1);
        count_recipient(outcome, (uint64_t) -1);
        hash_table_remove(&share->outcomes, &outcome->node);
        ring_remove(&outcome->link);
        share_senders_drop(&share->senders, &outcome->senders);
        free(outcome);
}

Share *share_free(Share *share) {
        if (!share)
                return NULL;

        while (share->messages_by_age.next != &share->messages_by_age)
                remove_message(share, RING_ENTRY(share->messages_by_age.next, Message, link));
        while (share->outcomes_by_age.next != &share->outcomes_by_age)
                remove_outcome(share, RING_ENTRY(share->outcomes_by_age.next, Outcome, link));
        share_senders_done(&share->senders);
        hash_table_done(&share->messages);
        hash_table_done(&share->outcomes);
        free(share);
        return NULL;
}

int share_new(const HashKey *key, Share **ret) {
        Share *share = calloc(1, sizeof(*share));

        if (!share)
                return -ENOMEM;

        share->key = *key;
        ring_init(&share->messages_by_age);
        ring_init(&share->outcomes_by_age);
        share_senders_init(&share->senders, key);
        *ret = share;
        return 0;
}

static uint64_t hash_text(const Share *share, LogText text) {
        return hash_bytes(&share->key, text.data, text.size);
}

/* Domains are the same in any case. */
static uint64_t hash_receiver(const Share *share, LogText domain) {
        char lower[OWNERS_DOMAIN_MAX];
        size_t size = MIN_OF(domain.size, sizeof(lower));

        for (size_t i = 0; i < size; i++)
                lower[i] = domain.data[i] >= 'A' && domain.data[i] <= 'Z'
                                           ? (char) (domain.data[i] - 'A' + 'a')
                                           : domain.data[i];
        return hash_bytes(&share->key, lower, size);
}

static Message *find_message(const Share *share, LogText id) {
        HashNode *node = hash_table_first(&share->messages, hash_text(share, id));

        return node ? HASH_ENTRY(node, Message, node) : NULL;
}

bool share_knows(const Share *share, const char *id) {
        return find_message(share, (LogText){ id, strlen(id) });
}

static int add_message(Share *share, LogText id, const char *const names[], int64_t time_sec) {
        CLEANUP(freep) Message *message = NULL;
        size_t size = 0;
        char *name;
        int r;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                size += strlen(names[i]) + 1;
        message = malloc(sizeof(*message) + size);
        if (!message)
                return -ENOMEM;
        message->time_sec = time_sec;
        message->number = share->number;
        name = message->names;
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                name = stpcpy(name, names[i]) + 1;
        r = hash_table_add(&share->messages, &message->node, hash_text(share, id));
        if (r < 0)
                return r;

        share->number++;
        ring_append(&share->messages_by_age, &TAKE(message)->link);
        return 0;
}

int share_begin(Share *share, const char *id, const char *const names[], int64_t time_sec) {
        LogText text = { id, strlen(id) };
        int r;

        assert(message_id_is_valid(id, text.size));

        if (find_message(share, text))
                return 0;
        r = add_message(share, text, names, time_sec);
        if (r < 0)
                return r;
        if (share->messages.count > SHARE_MESSAGES_MAX)
                remove_message(share, RING_ENTRY(share->messages_by_age.next, Message, link));
        return 0;
}

/* Is it over, or to come: was the clock put back? Then nobody knows when it was. */
static bool is_past(int64_t time_sec, int64_t span_sec, int64_t now_sec) {
        return time_sec > now_sec || time_sec + span_sec <= now_sec;
}

static uint64_t oldest_number(const Share *share) {
        return share->messages.count > 0
                               ? RING_ENTRY(share->messages_by_age.next, Message, link)->number
                               : share->number;
}

static void advance(Share *share, int64_t now_sec) {
        while (share->outcomes.count > 0) {
                Outcome *outcome = RING_ENTRY(share->outcomes_by_age.next, Outcome, link);

                if (!is_past(outcome->time_sec, SHARE_WINDOW_SEC, now_sec))
                        break;
                remove_outcome(share, outcome);
        }
        while (share->messages.count > 0) {
                Message *message = RING_ENTRY(share->messages_by_age.next, Message, link);

                if (!is_past(message->time_sec, SHARE_MESSAGE_SEC, now_sec))
                        break;
                remove_message(share, message);
        }
        share_senders_let_begin(&share->senders, oldest_number(share));
}

static int get_outcome(Share *share, const Message *message, uint64_t hash, Outcome **ret) {
        HashNode *node = hash_table_first(&share->outcomes, hash);
        CLEANUP(freep) Outcome *outcome = NULL;
        int r;

        if (node) {
                *ret = HASH_ENTRY(node, Outcome, node);
                return 0;
        }

        outcome = calloc(1, sizeof(*outcome));
        if (!outcome)
                return -ENOMEM;
        r = share_senders_get(&share->senders, message->names, message->number, &outcome->senders);
        if (r < 0)
                return r;
        r = hash_table_add(&share->outcomes, &outcome->node, hash);
        if (r < 0) {
                share_senders_drop(&share->senders, &outcome->senders);
                return r;
        }
        ring_append(&share->outcomes_by_age, &outcome->link);
        count_recipient(outcome, 1);
        *ret = TAKE(outcome);
        return 0;
}

static int note_outcome(
                Share *share, const Message *message, const LogLine *line, int64_t time_sec) {
        /* the id hashed as one, so that no id and recipient together look like another pair */
        uint64_t hash = message->node.hash * 31 + hash_text(share, line->recipient);
        Outcome *outcome = NULL;
        int r;

        r = get_outcome(share, message, hash, &outcome);
        if (r < 0)
                return r;

        count_bad(outcome, (uint64_t) -1);
        outcome->is_bad = line->kind != LOG_LINE_DELIVERED;
        outcome->receiver = hash_receiver(share, line->recipient_domain);
        outcome->time_sec = time_sec;
        count_bad(outcome, 1);
        ring_remove(&outcome->link);
        ring_append(&share->outcomes_by_age, &outcome->link);
        return 0;
}

int share_note(Share *share, const LogLine *line, int64_t time_sec, int64_t now_sec) {
        Message *message;
        int r;

        if (!line->id.data)
                return 0;
        message = find_message(share, line->id);
        if (!message)
                return 0;
        if (line->kind == LOG_LINE_COMPLETED) {
                remove_message(share, message);
                return 0;
        }
        if ((line->kind != LOG_LINE_DELIVERED && line->kind != LOG_LINE_FAILED &&
             line->kind != LOG_LINE_DEFERRED) ||
            line->recipient_domain.size == 0)
                return 0;

        r = note_outcome(share, message, line, MIN_OF(time_sec, now_sec));
        if (r < 0)
                return r;
        if (share->outcomes.count > SHARE_OUTCOMES_MAX)
                remove_outcome(share, RING_ENTRY(share->outcomes_by_age.next, Outcome, link));

        advance(share, now_sec);
        return 0;
}

ShareCounts share_read(Share *share, SubjectKind kind, const char *name, int64_t now_sec) {
        const ShareSender *sender;

        advance(share, now_sec);
        sender = share_senders_find(&share->senders, kind, name);
        if (!sender)
                return (ShareCounts){};

        return (ShareCounts){
                .recipients = sender->recipients,
                .bad = sender->bad,
                .is_one_receiver = sender->bad > 0 &&
                                   sender->bad * sender->squares == sender->sum * sender->sum,
        };
}

int share_forget(Share *share, SubjectKind kind, const char *name) {
        return share_senders_forget(
                        &share->senders, kind, name, share->messages.count > 0 ? share->number : 0);
}

bool share_is_reached(const ShareCounts *counts, uint64_t percent, uint64_t minimum) {
        return counts->bad >= MAX_OF(minimum, (uint64_t) 1) && !counts->is_one_receiver &&
               counts->bad * 100 >= counts->recipients * percent;
}
