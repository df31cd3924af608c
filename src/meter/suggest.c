/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/suggest.h"
#include "util/array.h"
#include "util/message-id.h"

#define NOBODY UINT32_MAX

typedef struct Sender {
        HashNode node;
        uint32_t number;
        uint8_t kind;
        char name[];
} Sender;

/* A message that was accepted. */
typedef struct Event {
        uint32_t time_sec;
        uint32_t recipients;
        uint32_t senders[_SUBJECT_KIND_MAX]; /* their numbers, or NOBODY */
} Event;

/* One that is not completed. */
typedef struct Message {
        HashNode node;
        uint32_t event; /* NOBODY: it is not accepted yet */
        uint32_t count; /* of our verdict; 0: there is none */
        char id[MESSAGE_ID_SIZE];
} Message;

struct Suggest {
        HashKey key;
        LogClock clock;
        HashTable sender_table, messages; /* owned */
        Sender **senders;                 /* by number */
        size_t sender_count, senders_allocated;
        Event *events; /* owned */
        size_t event_count, events_allocated;
        int64_t first_sec, last_sec;
        uint64_t unparsable;
};

int suggest_new(const HashKey *key, Suggest **ret) {
        Suggest *suggest = calloc(1, sizeof(*suggest));

        if (!suggest)
                return -ENOMEM;

        suggest->key = *key;
        *ret = suggest;
        return 0;
}

Suggest *suggest_free(Suggest *suggest) {
        if (!suggest)
                return NULL;

        for (size_t i = 0; i < suggest->messages.allocated; i++)
                for (HashNode *node = suggest->messages.buckets[i]; node;) {
                        HashNode *next = node->next;

                        free(HASH_ENTRY(node, Message, node));
                        node = next;
                }
        for (size_t i = 0; i < suggest->sender_count; i++)
                free(suggest->senders[i]);
        hash_table_done(&suggest->messages);
        hash_table_done(&suggest->sender_table);
        free(suggest->senders);
        free(suggest->events);
        free(suggest);
        return NULL;
}

static int add_sender(
                Suggest *suggest,
                SubjectKind kind,
                const char *name,
                uint64_t hash,
                uint32_t *ret) {
        size_t size = strlen(name) + 1;
        CLEANUP(freep) Sender *sender = NULL;
        int r;

        r = ARRAY_MAKE_ROOM(
                        &suggest->senders, &suggest->senders_allocated, suggest->sender_count + 1);
        if (r < 0)
                return r;
        sender = calloc(1, sizeof(*sender) + size);
        if (!sender)
                return -ENOMEM;
        sender->number = (uint32_t) suggest->sender_count;
        sender->kind = (uint8_t) kind;
        memcpy(sender->name, name, size);
        r = hash_table_add(&suggest->sender_table, &sender->node, hash);
        if (r < 0)
                return r;

        *ret = sender->number;
        suggest->senders[suggest->sender_count++] = TAKE(sender);
        return 0;
}

static int get_sender(Suggest *suggest, SubjectKind kind, const char *name, uint32_t *ret) {
        uint64_t hash = hash_bytes(&suggest->key, name, strlen(name)) + kind;
        HashNode *node = hash_table_first(&suggest->sender_table, hash);

        if (!name[0]) {
                *ret = NOBODY;
                return 0;
        }
        for (; node; node = hash_table_next(node)) {
                const Sender *sender = HASH_ENTRY(node, Sender, node);

                if (sender->kind == kind && strcmp(sender->name, name) == 0) {
                        *ret = sender->number;
                        return 0;
                }
        }

        return add_sender(suggest, kind, name, hash, ret);
}

static Message *find_message(const Suggest *suggest, LogText id, uint64_t hash) {
        HashNode *node = hash_table_first(&suggest->messages, hash);

        for (; node; node = hash_table_next(node)) {
                Message *message = HASH_ENTRY(node, Message, node);

                if (memcmp(message->id, id.data, id.size) == 0 && message->id[id.size] == 0)
                        return message;
        }

        return NULL;
}

static int get_message(Suggest *suggest, LogText id, uint64_t hash, Message **ret) {
        CLEANUP(freep) Message *message = NULL;
        int r;

        *ret = find_message(suggest, id, hash);
        if (*ret)
                return 0;

        message = calloc(1, sizeof(*message));
        if (!message)
                return -ENOMEM;
        memcpy(message->id, id.data, id.size);
        message->event = NOBODY;
        r = hash_table_add(&suggest->messages, &message->node, hash);
        if (r < 0)
                return r;

        *ret = TAKE(message);
        return 0;
}

static bool is_from_this_host(LogText address) {
        return !address.data || (address.size > 4 && memcmp(address.data, "127.", 4) == 0) ||
               (address.size == 3 && memcmp(address.data, "::1", 3) == 0);
}

/* Whoever is known from the line alone: of a process the login name, as there is no uid. */
static void find_names(const LogLine *line, Subjects *ret) {
        bool is_by_tcp = line->host_address.data;
        const Origin origin = {
                .sender = line->sender.data,
                .sender_size = line->sender.size,
                .auth_id = is_by_tcp && line->auth_id.data ? line->auth_id.data : "",
                .auth_id_size = is_by_tcp ? line->auth_id.size : 0,
                .has_uid = is_from_this_host(line->host_address),
        };

        subjects_find(&origin, NULL, NULL, ret);
        ret->names[SUBJECT_USER][0] = 0;
        if (!is_by_tcp && line->local_user.size > 0 && line->local_user.size <= SUBJECT_NAME_MAX) {
                memcpy(ret->names[SUBJECT_USER], line->local_user.data, line->local_user.size);
                ret->names[SUBJECT_USER][line->local_user.size] = 0;
        }
}

static int take_accepted(Suggest *suggest, const LogLine *line, uint64_t hash, int64_t line_sec) {
        Event event = { .time_sec = (uint32_t) line_sec };
        Message *message = NULL;
        Subjects names;
        int r;

        if (line->sender.size == 0 || line->is_ambiguous)
                return 0; /* a bounce, or nobody knows whose it is */
        find_names(line, &names);
        if (subjects_are_empty(&names))
                return 0;
        if (suggest->event_count >= SUGGEST_MESSAGES_MAX)
                return -E2BIG;

        r = get_message(suggest, line->id, hash, &message);
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX && r >= 0; i++)
                r = get_sender(suggest, i, names.names[i], &event.senders[i]);
        if (r >= 0)
                r =
                                ARRAY_MAKE_ROOM(&suggest->events,
                                                &suggest->events_allocated,
                                                suggest->event_count + 1);
        if (r < 0)
                return r;

        event.recipients = message->count;
        message->event = (uint32_t) suggest->event_count;
        suggest->events[suggest->event_count++] = event;
        return 0;
}

static int take_verdict(Suggest *suggest, const LogLine *line, uint64_t hash) {
        Message *message;
        int r;

        r = get_message(suggest, line->id, hash, &message);
        if (r >= 0)
                message->count = line->count;
        return r;
}

/* Each recipient has one such line in the end. What has gone to no other host has no H=. */
static void take_end(Suggest *suggest, const LogLine *line, const char *end, uint64_t hash) {
        const Message *message = find_message(suggest, line->id, hash);
        const char *behind = line->recipient.data + line->recipient.size;

        if (message && message->event != NOBODY && message->count == 0 &&
            line->recipient_domain.size > 0 && memmem(behind, (size_t) (end - behind), " H=", 3))
                suggest->events[message->event].recipients++;
}

static void take_completed(Suggest *suggest, const LogLine *line, uint64_t hash) {
        Message *message = find_message(suggest, line->id, hash);

        if (!message)
                return;
        hash_table_remove(&suggest->messages, &message->node);
        free(message);
}

int suggest_add(Suggest *suggest, const char *text, size_t size, int64_t now_sec) {
        LogLine line;
        int64_t line_sec;
        uint64_t hash;

        log_line_parse(text, size, &line);
        suggest->unparsable += line.kind == LOG_LINE_UNPARSABLE;
        if (line.kind == LOG_LINE_UNPARSABLE ||
            !log_clock_read(&suggest->clock, line.stamp, now_sec, &line_sec) || line_sec < 0 ||
            line_sec > UINT32_MAX)
                return 0;
        suggest->last_sec = MAX_OF(suggest->last_sec, line_sec);
        if (suggest->first_sec == 0 || line_sec < suggest->first_sec)
                suggest->first_sec = line_sec;
        if (!message_id_is_valid(line.id.data, line.id.size))
                return 0;

        hash = hash_bytes(&suggest->key, line.id.data, line.id.size);
        switch (line.kind) {
        case LOG_LINE_ACCEPTED:
                return take_accepted(suggest, &line, hash, line_sec);
        case LOG_LINE_VERDICT:
                return take_verdict(suggest, &line, hash);
        case LOG_LINE_DELIVERED:
        case LOG_LINE_FAILED:
                take_end(suggest, &line, text + size, hash);
                return 0;
        case LOG_LINE_COMPLETED:
                take_completed(suggest, &line, hash);
                return 0;
        default:
                return 0;
        }
}

/* ---- what comes of it ---- */

/* All that senders of one kind have sent. */
static int list_sent(
                const Suggest *suggest, SubjectKind kind, SuggestSent **ret, size_t *ret_count) {
        SuggestSent *sent = calloc(suggest->event_count + 1, sizeof(*sent));
        size_t count = 0;

        if (!sent)
                return -ENOMEM;

        for (size_t i = 0; i < suggest->event_count; i++) {
                const Event *event = &suggest->events[i];

                if (event->senders[kind] != NOBODY && event->recipients > 0)
                        sent[count++] = (SuggestSent){ event->senders[kind],
                                                       event->time_sec,
                                                       event->recipients };
        }
        *ret = sent;
        *ret_count = count;
        return 0;
}

void suggestion_done(Suggestion *suggestion) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                for (size_t j = 0; j < _WINDOW_LENGTH_MAX; j++)
                        free(suggestion->limits[i][j].above);
        *suggestion = (Suggestion){};
}

static int find_limits(
                const Suggest *suggest,
                SubjectKind kind,
                const char *const names[],
                SuggestLimit ret[static _WINDOW_LENGTH_MAX]) {
        static const int64_t lengths[_WINDOW_LENGTH_MAX] = {
                [WINDOW_HOUR] = WINDOW_HOUR_SEC,
                [WINDOW_DAY] = WINDOW_DAY_SEC,
        };
        CLEANUP(freep) SuggestSent *sent = NULL;
        size_t count = 0;
        int r;

        r = list_sent(suggest, kind, &sent, &count);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX && r >= 0; i++)
                r = suggest_limit(sent, count, lengths[i], names, &ret[i]);
        return r;
}

int suggest_finish(Suggest *suggest, Suggestion *ret) {
        CLEANUP(suggestion_done)
        Suggestion suggestion = {
                .first_sec = suggest->first_sec,
                .last_sec = suggest->last_sec,
                .unparsable = suggest->unparsable,
        };
        CLEANUP(freep) const char **names = calloc(suggest->sender_count + 1, sizeof(*names));

        if (!names)
                return -ENOMEM;
        for (size_t i = 0; i < suggest->sender_count; i++)
                names[i] = suggest->senders[i]->name;

        for (size_t i = 0; i < suggest->event_count; i++) {
                suggestion.messages += suggest->events[i].recipients > 0;
                suggestion.recipients += suggest->events[i].recipients;
        }
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                int r = find_limits(suggest, i, names, suggestion.limits[i]);

                if (r < 0)
                        return r;
        }

        *ret = suggestion;
        suggestion = (Suggestion){};
        return 0;
}
