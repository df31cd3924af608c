/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/ring.h"
#include "meter/share.h"
#include "util/message-id.h"

/* Lives as long as a message or an outcome refers to it. */
typedef struct Sender {
        HashNode node;
        uint64_t references;
        uint64_t recipients;
        uint64_t bad;
        /* over the bad ones' receivers: the sum of their hashes, and of the squares of these. n
         * times the one is the square of the other where all n are the same, and else by a chance
         * of one in 2^64. */
        uint64_t sum;
        uint64_t squares;
        SubjectKind kind;
        bool is_forgotten; /* not to be found any more */
        char name[];
} Sender;

typedef struct Senders {
        Sender *items[_SUBJECT_KIND_MAX]; /* NULL: none of that kind */
} Senders;

typedef struct Message {
        HashNode node;
        RingLink link; /* the one that was touched longest ago is the first */
        Senders senders;
        int64_t time_sec;
        char id[MESSAGE_ID_SIZE];
} Message;

/* Of a recipient. Which one is in the hash alone: 64 bits of a keyed hash do not meet by chance. */
typedef struct Outcome {
        HashNode node;
        RingLink link; /* likewise */
        Senders senders;
        uint64_t receiver;
        int64_t time_sec;
        bool is_bad;
} Outcome;

struct Share {
        HashKey key;
        HashTable senders, messages, outcomes;
        RingLink messages_by_age, outcomes_by_age;
};

static uint64_t hash_name(const Share *share, SubjectKind kind, const char *name) {
        return hash_bytes(&share->key, name, strlen(name)) + kind;
}

static Sender *find_sender(const Share *share, SubjectKind kind, const char *name) {
        HashNode *node = hash_table_first(&share->senders, hash_name(share, kind, name));

        for (; node; node = hash_table_next(node)) {
                Sender *sender = HASH_ENTRY(node, Sender, node);

                if (sender->kind == kind && strcmp(sender->name, name) == 0)
                        return sender;
        }

        return NULL;
}

static int get_sender(Share *share, SubjectKind kind, const char *name, Sender **ret) {
        Sender *sender = find_sender(share, kind, name);
        size_t size = strlen(name) + 1;
        int r;

        if (!sender) {
                sender = calloc(1, sizeof(*sender) + size);
                if (!sender)
                        return -ENOMEM;
                sender->kind = kind;
                memcpy(sender->name, name, size);
                r = hash_table_add(&share->senders, &sender->node, hash_name(share, kind, name));
                if (r < 0) {
                        free(sender);
                        return r;
                }
        }

        sender->references++;
        *ret = sender;
        return 0;
}

static void drop_senders(Share *share, Senders *senders) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                Sender *sender = TAKE(senders->items[i]);

                if (!sender || --sender->references > 0)
                        continue;
                if (!sender->is_forgotten)
                        hash_table_remove(&share->senders, &sender->node);
                free(sender);
        }
}

/* `senders` is all NULL, also after a failure. */
static int get_senders(Share *share, const char *const names[], Senders *senders) {
        int r;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                if (!names[i][0])
                        continue;
                r = get_sender(share, (SubjectKind) i, names[i], &senders->items[i]);
                if (r < 0) {
                        drop_senders(share, senders);
                        return r;
                }
        }

        return 0;
}

static Senders share_senders(const Senders *senders) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (senders->items[i])
                        senders->items[i]->references++;

        return *senders;
}

static void remove_message(Share *share, Message *message) {
        hash_table_remove(&share->messages, &message->node);
        ring_remove(&message->link);
        drop_senders(share, &message->senders);
        free(message);
}

/* Count it among the bad ones of those who have sent it, or no more: `by` is 1 or -1. */
static void count_bad(const Outcome *outcome, uint64_t by) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                Sender *sender = outcome->senders.items[i];

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
        drop_senders(share, &outcome->senders);
        free(outcome);
}

Share *share_free(Share *share) {
        if (!share)
                return NULL;

        while (share->messages_by_age.next != &share->messages_by_age)
                remove_message(share, RING_ENTRY(share->messages_by_age.next, Message, link));
        while (share->outcomes_by_age.next != &share->outcomes_by_age)
                remove_outcome(share, RING_ENTRY(share->outcomes_by_age.next, Outcome, link));
        assert(share->senders.count == 0);
        hash_table_done(&share->senders);
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

        for (; node; node = hash_table_next(node)) {
                Message *message = HASH_ENTRY(node, Message, node);

                if (strlen(message->id) == id.size && memcmp(message->id, id.data, id.size) == 0)
                        return message;
        }

        return NULL;
}

bool share_knows(const Share *share, const char *id) {
        return find_message(share, (LogText){ id, strlen(id) });
}

static int add_message(Share *share, LogText id, const char *const names[], int64_t time_sec) {
        CLEANUP(freep) Message *message = calloc(1, sizeof(*message));
        int r;

        if (!message)
                return -ENOMEM;
        memcpy(message->id, id.data, id.size);
        message->time_sec = time_sec;
        r = get_senders(share, names, &message->senders);
        if (r < 0)
                return r;
        r = hash_table_add(&share->messages, &message->node, hash_text(share, id));
        if (r < 0) {
                drop_senders(share, &message->senders);
                return r;
        }

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
}

static int get_outcome(Share *share, const Message *message, uint64_t hash, Outcome **ret) {
        HashNode *node = hash_table_first(&share->outcomes, hash);
        Outcome *outcome;
        int r;

        if (node) {
                *ret = HASH_ENTRY(node, Outcome, node);
                return 0;
        }

        outcome = calloc(1, sizeof(*outcome));
        if (!outcome)
                return -ENOMEM;
        r = hash_table_add(&share->outcomes, &outcome->node, hash);
        if (r < 0) {
                free(outcome);
                return r;
        }
        outcome->senders = share_senders(&message->senders);
        ring_append(&share->outcomes_by_age, &outcome->link);
        count_recipient(outcome, 1);
        *ret = outcome;
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
        const Sender *sender;

        advance(share, now_sec);
        sender = find_sender(share, kind, name);
        if (!sender)
                return (ShareCounts){};

        return (ShareCounts){
                .recipients = sender->recipients,
                .bad = sender->bad,
                .is_one_receiver = sender->bad > 0 &&
                                   sender->bad * sender->squares == sender->sum * sender->sum,
        };
}

void share_forget(Share *share, SubjectKind kind, const char *name) {
        Sender *sender = find_sender(share, kind, name);

        if (!sender)
                return;

        /* what refers to him counts for nobody now */
        hash_table_remove(&share->senders, &sender->node);
        sender->is_forgotten = true;
}

bool share_is_reached(const ShareCounts *counts, uint64_t percent, uint64_t minimum) {
        return counts->bad >= MAX_OF(minimum, (uint64_t) 1) && !counts->is_one_receiver &&
               counts->bad * 100 >= counts->recipients * percent;
}
