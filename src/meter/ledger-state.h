/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the ledger share, and nobody else knows. */

#include "meter/ledger-shared.h"
#include "meter/ledger.h"
#include "meter/stopped.h"

typedef struct LedgerSubject LedgerSubject;

/* What the durable store has of a message. */
typedef enum LedgerStored {
        STORED_NOTHING,
        STORED_WAITING,
        STORED_COUNTED,
} LedgerStored;

typedef enum LedgerState {
        LEDGER_OPEN,
        LEDGER_OPEN_HELD,
        LEDGER_UNASKED, /* it has no subjects yet: the line <= will tell */
        LEDGER_UNASKED_HELD,
        LEDGER_HELD,
        LEDGER_COUNTED,
        LEDGER_DISCARDED, /* it was held, and is being removed */
        LEDGER_RESET,     /* no message: its one subject was reset */
        LEDGER_FORGOTTEN, /* not to be found any more; stays until it is off the disks */
} LedgerState;

typedef struct LedgerLink {
        LedgerMessage *before;
        LedgerMessage *behind;
} LedgerLink;

/* Of a message that waits, or will when it is accepted. */
typedef struct LedgerWait {
        LedgerLink queues[_SUBJECT_KIND_MAX]; /* of what waits for the same subject */
        LedgerLink all;                       /* of all that waits, or is discarded */
        uint32_t discarded_sec;
        uint32_t told_sec; /* when it was said that it may go, or is to be removed */
} LedgerWait;

/* There may be two millions, most of which never wait. */
struct LedgerMessage {
        HashNode node;
        LedgerSubject *subjects[_SUBJECT_KIND_MAX]; /* borrowed; NULL: none of that kind */
        LedgerLink aging;                           /* of all, by .since_sec */
        LedgerMessage *next_unkept;                 /* the open record is not as it should be */
        LedgerMessage *next_dirty;                  /* the durable one is not */
        LedgerMessage *next_in_flight;              /* it is being written */

        uint32_t since_sec;
        uint32_t time_sec;
        uint32_t recipients;
        uint32_t uid;
        uint32_t stored_time_sec; /* of STORED_WAITING */
        uint32_t flight_time_sec;
        char id[MESSAGE_ID_SIZE];

        uint8_t state;
        uint8_t stored;
        uint8_t flight_stored; /* what it will be once that is written */
        bool has_uid : 1;
        bool was_held : 1;
        bool by_release : 1;   /* counted as it was released: the log does not say when */
        bool is_in_log : 1;    /* our verdict is */
        bool is_parked : 1;    /* it waits while a subject is suspended, and keeps nobody's room */
        bool is_delivered : 1; /* to a remote recipient, though it was held */
        bool has_open : 1;     /* there is an open record of it */
        bool was_put : 1; /* it was handed out as counted, whether or not that came to a disk */
        bool is_unkept : 1;
        bool is_dirty : 1;
        bool is_in_flight : 1;

        LedgerWait wait[]; /* one, if the state it began with is one of those that wait; or none */
};

struct LedgerSubject {
        HashNode node;
        Window window;
        uint64_t reserved;
        uint64_t held;
        uint64_t parked;      /* of messages that wait while a subject is suspended */
        LedgerMessage *first; /* that waits for it */
        LedgerMessage *last;
        uint32_t messages; /* that point here */
        uint32_t calls;    /* likewise */
        uint32_t chain;    /* see ledger-shared.h; 0: none */
        uint32_t link;     /* its last one */
        uint32_t full_sec; /* when there was no room for what is held, by all mail servers */
        uint32_t told_sec;
        uint32_t share_told_sec;
        uint8_t kind;
        char name[];
};

typedef struct LedgerList {
        LedgerMessage *first;
        LedgerMessage *last;
} LedgerList;

struct Ledger {
        HashKey key;
        LedgerRules rules;
        HashTable messages; /* owned: LedgerMessage */
        HashTable subjects; /* owned: LedgerSubject */
        Share *share;       /* owned */
        Stopped *stopped;   /* owned */
        LedgerList waiting;
        LedgerList discarded; /* who was told of longest ago comes first */
        LedgerList aging;     /* owned: also those that are forgotten */
        LedgerMessage *unkept;
        LedgerMessage *dirty;
        LedgerMessage *in_flight;
        LedgerMessage *release_from; /* where to look on for what may go */
        size_t swept_bucket;
        uint64_t resets;       /* so far, and by chance more */
        LedgerWatcher watcher; /* NULL: nobody watches */
        void *watcher_userdata;
        LedgerTeller teller; /* NULL: there is no server to be told */
        void *teller_userdata;
        uint64_t run;          /* by chance: no two starts have the same chains */
        uint32_t last_chain;   /* that was begun */
        uint32_t chain_floor;  /* those up to it are over */
        uint32_t part_percent; /* of each limit that is in force */
};

LedgerMessage *ledger_find(const Ledger *ledger, const char *id);
LedgerSubject *ledger_find_subject(const Ledger *ledger, SubjectKind kind, const char *name);

WARN_UNUSED int ledger_get_subject(
                Ledger *ledger, SubjectKind kind, const char *name, LedgerSubject **ret);

/* A new message without subjects, which takes no room yet. One that may wait one day has to begin
 * in one of the states for that. */
WARN_UNUSED int ledger_add_message(
                Ledger *ledger,
                const char *id,
                LedgerState state,
                uint32_t recipients,
                uint32_t time_sec,
                uint32_t since_sec,
                LedgerMessage **ret);
/* Make the message's subjects known, and it theirs. */
WARN_UNUSED int ledger_set_subjects(
                Ledger *ledger, LedgerMessage *message, const char *const names[]);
void ledger_set_uid(LedgerMessage *message, bool has_uid, uint32_t uid);

/* What is set for a subject by name. Return: whether anything is. */
bool ledger_look_up(const Ledger *ledger, SubjectKind kind, const char *name, SubjectSettings *ret);
void ledger_look_up_all(
                const Ledger *ledger,
                const Subjects *names,
                SubjectSettings ret[static _SUBJECT_KIND_MAX]);
/* Whoever is suspended by hand is so whatever his limits say; what they refuse all the same stays
 * refused. */
void ledger_suspend(
                LedgerSubject *const subjects[],
                const Subjects *names,
                const SubjectSettings settings[static _SUBJECT_KIND_MAX],
                uint32_t recipients,
                LedgerAnswer *answer);
/* By what is known of the message (NULL: nothing), else by `names` (NULL: nobody's). */
bool ledger_is_suspended(const Ledger *ledger, const LedgerMessage *message, const Subjects *names);
/* Its own limit, or that of its kind. 0: none. */
uint64_t ledger_limit_of(
                const Ledger *ledger,
                const SubjectSettings *settings,
                SubjectKind kind,
                WindowLength window);

/* Room that is taken until the message is counted or forgotten: by a reservation, or in the queue.
 */
void ledger_reserve(LedgerMessage *message);
void ledger_unreserve(LedgerMessage *message);
/* What waits for that subject. While it is suspended that is also what is parked, which would grow
 * without an end otherwise. */
uint64_t ledger_held_of(const LedgerSubject *subject, const SubjectSettings *settings);
/* One that is held, by all that is known here. */
bool ledger_may_go(Ledger *ledger, const LedgerMessage *message, int64_t now_sec);
void ledger_enqueue(Ledger *ledger, LedgerMessage *message);
void ledger_dequeue(Ledger *ledger, LedgerMessage *message);

/* To the list of those that are being removed, and out of it. */
void ledger_add_discarded(Ledger *ledger, LedgerMessage *message, int64_t now_sec);
void ledger_remove_discarded(Ledger *ledger, LedgerMessage *message);

/* Tell the watcher. */
void ledger_tell(const Ledger *ledger, LedgerEventKind kind, const LedgerMessage *message);

/* It was held, and may go now: it counts, and is remembered for a while. */
WARN_UNUSED int ledger_let_go(Ledger *ledger, LedgerMessage *message, int64_t now_sec);

/* Of one that is open: it takes no room any more, unless it is accepted in spite of that. */
void ledger_withdraw(Ledger *ledger, LedgerMessage *message);

/* From any other state; gives back what room it has taken. Return: 0 or -ENOMEM. */
WARN_UNUSED int ledger_count(
                Ledger *ledger, LedgerMessage *message, int64_t time_sec, int64_t now_sec);
void ledger_forget(Ledger *ledger, LedgerMessage *message);

/* The same for one that is not worth a message any more. */
WARN_UNUSED int ledger_count_old(
                Ledger *ledger,
                const char *const names[],
                uint32_t recipients,
                int64_t time_sec,
                int64_t now_sec);

/* When a message to so many could be accepted, if those before it go as soon as they may. */
int64_t ledger_time_of_room(
                const LedgerSubject *subject,
                WindowLength window,
                uint64_t limit,
                uint32_t recipients,
                int64_t now_sec);

/* What was counted up to then does not count. Return: 0; -ENOMEM, and nothing was changed. */
WARN_UNUSED int ledger_apply_reset(
                Ledger *ledger, SubjectKind kind, const char *name, int64_t until_sec);

/* ledger-shared.c: what the server has to know, if it was told of that subject before: so many
 * more count since that time, or less; of the whole message; all of it, at a reset; that what the
 * server has counted for a call was not taken in. */
void ledger_note(Ledger *ledger, LedgerSubject *subject, int64_t time_sec, int64_t change);
void ledger_note_message(Ledger *ledger, const LedgerMessage *message, bool counts);
void ledger_note_reset(Ledger *ledger, LedgerSubject *subject);
void ledger_note_unused(Ledger *ledger, const LedgerCall *call, int64_t now_sec);
/* All mail servers together have no room for it: look again later. */
void ledger_note_full(const LedgerCall *call, int64_t now_sec);
bool ledger_is_full(const Ledger *ledger, const LedgerSubject *subject, int64_t now_sec);

/* Once in an hour. */
bool ledger_is_to_tell(uint32_t *told_sec, int64_t now_sec);

/* ledger-share.c */
WARN_UNUSED int ledger_share_accepted(
                Ledger *ledger, const LedgerMessage *message, int64_t now_sec);
bool ledger_share_is_reached(Ledger *ledger, const char *domain, int64_t now_sec, ShareCounts *ret);
/* `subject` is the domain's, NULL if it is not known; `domain` may be empty. */
void ledger_judge_share(
                Ledger *ledger,
                LedgerSubject *subject,
                const char *domain,
                int64_t now_sec,
                LedgerAnswer *answer);
/* Fills in its part. */
void ledger_read_share(
                Ledger *ledger,
                SubjectKind kind,
                const char *name,
                int64_t now_sec,
                LedgerUsage *usage);
bool ledger_share_lets_go(Ledger *ledger, const LedgerMessage *message, int64_t now_sec);

/* Its durable record has to be brought up to date; its open one; both. */
void ledger_mark_dirty(Ledger *ledger, LedgerMessage *message);
void ledger_mark_unkept(Ledger *ledger, LedgerMessage *message);
void ledger_mark(Ledger *ledger, LedgerMessage *message);

/* To the end of those that age. */
void ledger_age(Ledger *ledger, LedgerMessage *message, uint32_t since_sec);
/* Nothing points to it any more. */
void ledger_free_message(Ledger *ledger, LedgerMessage *message);
