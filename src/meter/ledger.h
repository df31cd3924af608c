/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What was sent, what is about to be, and what waits, of all subjects, in memory. Answers Exim's
 * questions and takes in what its log says:
 *
 *     asked (D)  ->  reserved  ->  in the log (<=): counted, at the time of the question
 *                                  rejected, or not in the log for ten minutes: forgotten
 *     asked (D)  ->  held      ->  asked for again (H) when there is room: counted, at that time
 *
 * An open reservation takes room as if it were counted, and so no more than the limit can pass.
 * Knows no clock, no files, and no configuration but the rules that it is given.
 */

#include "meter/log-line.h"
#include "meter/record.h"
#include "meter/request.h"
#include "meter/share.h"
#include "meter/subject-settings.h"
#include "meter/verdict.h"
#include "util/hash.h"

typedef struct Ledger Ledger;
typedef struct LedgerMessage LedgerMessage;

#define LEDGER_OPEN_SEC     600     /* how long a reservation waits for its line in the log */
#define LEDGER_MESSAGES_MAX 2000000 /* known at a time; beyond, nothing is answered */

/* What is set for a subject by name. Return: whether anything is. */
typedef bool (*LedgerLookUp)(
                SubjectKind kind, const char *name, SubjectSettings *ret, void *userdata);

typedef struct LedgerRules {
        uint64_t limits[_SUBJECT_KIND_MAX][_WINDOW_LENGTH_MAX]; /* 0: none */
        OverLimitAction action;
        uint64_t percent;
        uint64_t fail_percent; /* of a domain's recipients that may fail; 0: all */
        uint64_t fail_minimum;
        VerdictKind fail_verdict; /* for a domain of which more do */
        LedgerLookUp look_up;     /* NULL: nothing is set for anybody */
        void *userdata;
} LedgerRules;

WARN_UNUSED int ledger_new(const HashKey *key, Ledger **ret);
Ledger *ledger_free(Ledger *ledger);
DEFINE_CLEANUP(Ledger, ledger_free)

void ledger_set_rules(Ledger *ledger, const LedgerRules *rules);
/* Others are set for that subject than before. */
void ledger_subject_changed(Ledger *ledger, SubjectKind kind, const char *name);

/* What happens here that somebody may want to be told. */
typedef enum LedgerEventKind {
        LEDGER_EVENT_LIMIT, /* reached, for the first time in an hour */
        LEDGER_EVENT_HELD,
        LEDGER_EVENT_RELEASED,  /* there is room */
        LEDGER_EVENT_SENT,      /* by hand */
        LEDGER_EVENT_DISCARDED, /* likewise */
        _LEDGER_EVENT_KIND_MAX,
} LedgerEventKind;

/* All of it is borrowed until the watcher returns. */
typedef struct LedgerEvent {
        LedgerEventKind kind;
        const char *id; /* of the message; NULL of a mere question */
        uint32_t recipients;
        const char *names[_SUBJECT_KIND_MAX]; /* whose it is; NULL: none of that kind */
        const LimitState *cause;              /* of the first two; without a limit: too much of
                                                 what it has sent has failed */
        Suspension suspension;                /* ... but for this: that is why */
        VerdictKind verdict;                  /* of the first two */
        int64_t until_sec;                    /* likewise */
} LedgerEvent;

/* Changes nothing of the ledger. */
typedef void (*LedgerWatcher)(const LedgerEvent *event, void *userdata);
void ledger_set_watcher(Ledger *ledger, LedgerWatcher watcher, void *userdata);

typedef struct LedgerAnswer {
        Verdict verdict;
        Suspension suspension; /* of the subject at fault: then that is why, and no limit */
        LimitState cause;      /* of a verdict that is not ok; without a limit only its subject */
        bool by_share;         /* ... but for this one: too much of what it has sent has failed */
        ShareCounts share;
        const char *name; /* of the subject at fault; borrowed from the question */
        int64_t until_sec;
        bool has_uid;
        uint32_t uid;
        bool tell; /* for the first time in an hour, the log should have it */
} LedgerAnswer;

/*
 * May a message be accepted? One whose id was asked for already gets the same answer, if it was ok
 * or hold. With `id` NULL it is a mere question. Return: 0; -ENOMEM, -ENOSPC (no more messages).
 */
WARN_UNUSED int ledger_ask(
                Ledger *ledger,
                const char *id,
                uint32_t recipients,
                const Subjects *subjects,
                bool has_uid,
                uint32_t uid,
                int64_t now_sec,
                LedgerAnswer *ret);

/*
 * May a message that may be held go? Not before those that were held earlier for the same subject
 * have room too, and not while one of its subjects is suspended: what waits for that keeps nobody
 * else's room. One that is not known goes: it was released, or is none of ours; if `names`, whose
 * it is as far as Exim knows (NULL: nobody's), are not suspended. Return: 0 or -ENOMEM, after which
 * the ledger cannot be used any more.
 */
WARN_UNUSED int ledger_release(
                Ledger *ledger,
                const char *id,
                const Subjects *names,
                int64_t now_sec,
                bool *ret_go);

/*
 * What Exim's log says of the message with that id; `time_sec` is the line's own time. All return 0
 * or -ENOMEM, after which the ledger cannot be used any more.
 */
WARN_UNUSED int ledger_log_verdict(
                Ledger *ledger,
                const char *id,
                const LogLine *line,
                int64_t time_sec,
                int64_t now_sec);
/* `subjects`: by that line, for a message that somebody else has judged (the meter was down): see
 * ledger_is_unasked(). Others know their own. */
WARN_UNUSED int ledger_log_accepted(
                Ledger *ledger, const char *id, const Subjects *subjects, int64_t now_sec);
/* Our own verdict's line had the uid. */
bool ledger_is_unasked(const Ledger *ledger, const char *id, bool *ret_has_uid, uint32_t *ret_uid);
/* It was not accepted after all: the room that it took is free. The line is a hint alone
 * (log-line.h): if it was accepted nevertheless, it counts. */
void ledger_log_rejected(Ledger *ledger, const char *id);
/* A remote recipient got it. */
void ledger_log_delivered(Ledger *ledger, const char *id);
WARN_UNUSED int ledger_log_completed(Ledger *ledger, const char *id, int64_t now_sec);
/*
 * What became of a recipient, or of the message (any line of it: others are left out). Changes the
 * failed share alone. The lines of the last hour have to be given once more after a start: to be
 * told one twice, in the order of the log, does no harm.
 */
WARN_UNUSED int ledger_log_outcome(
                Ledger *ledger,
                const char *id,
                const LogLine *line,
                int64_t time_sec,
                int64_t now_sec);

/*
 * What was counted for it up to now does not count any more, nor what has failed: what waits for
 * room goes. What is open stays so. Return: 0; -ENOSPC (no more messages), -ENOMEM; then nothing
 * was changed.
 */
WARN_UNUSED int ledger_reset(Ledger *ledger, SubjectKind kind, const char *name, int64_t now_sec);

/* Forget what is too old. `log_is_read`: what is in the log has come in, up to now; otherwise a
 * reservation may have been accepted, and is counted. Return: 0 or -ENOMEM. */
WARN_UNUSED int ledger_sweep(Ledger *ledger, int64_t now_sec, bool log_is_read);

/* Ids of held messages that may go, up to count_max, each at most once a minute; and of those that
 * were not held, but whose sender was suspended and is not any more. */
typedef void (*LedgerReleasable)(const char *id, void *userdata);
void ledger_find_releasable(
                Ledger *ledger,
                int64_t now_sec,
                size_t count_max,
                LedgerReleasable handler,
                void *userdata);

/* Are there more of the latter? */
bool ledger_has_resumed(const Ledger *ledger);

/* A message as it was kept. To be called before anything is asked: first with what was open, then
 * with what is durable, in order of time. Return: 0 or -ENOMEM. */
WARN_UNUSED int ledger_load_open(Ledger *ledger, const MeterRecord *record, int64_t now_sec);
WARN_UNUSED int ledger_load_durable(Ledger *ledger, const MeterRecord *record, int64_t now_sec);

/*
 * Two things have to go to disk. Open records, to be kept over a crash of ours, before an answer is
 * given; and durable changes, to be written together with the place in the log. What could not be
 * written is handed out again.
 */
typedef struct LedgerSink {
        /* Return: 0 or a negative errno. */
        int (*put)(const MeterRecord *record, void *userdata);
        int (*remove)(const MeterRecord *record, void *userdata);
        void *userdata;
} LedgerSink;

/* Return: 0, or what the sink returned. */
WARN_UNUSED int ledger_flush_open(Ledger *ledger, const LedgerSink *sink);

typedef enum LedgerChangeKind {
        LEDGER_PUT_COUNTED,
        LEDGER_PUT_COUNTED_AGAIN, /* it was handed out before, and did not come to the disk */
        LEDGER_PUT_WAITING,
        LEDGER_REMOVE_WAITING,
} LedgerChangeKind;

typedef int (*LedgerChangeHandler)(
                LedgerChangeKind kind, const MeterRecord *record, void *userdata);

/* Hand out all changes of what is durable. Until ledger_written() there can be no second call.
 * Return: 0, or what the handler returned; then nothing counts as handed out. */
WARN_UNUSED int ledger_collect(Ledger *ledger, LedgerChangeHandler handler, void *userdata);
/* Those of the last ledger_collect() are on disk, or are not. */
void ledger_written(Ledger *ledger, bool success);

typedef struct LedgerUsage {
        uint64_t used[_WINDOW_LENGTH_MAX];
        uint64_t limits[_WINDOW_LENGTH_MAX];   /* 0: none */
        int64_t until_sec[_WINDOW_LENGTH_MAX]; /* when there is room again; 0: there is, or no limit
                                                */
        uint64_t reserved;
        uint64_t held;
        ShareCounts share;     /* what became of its mail in the last hour */
        bool is_share_reached; /* a domain's: it is held for that, or whatever the rules say */
} LedgerUsage;

/* Nothing is used by one that is not known. */
void ledger_read_usage(
                Ledger *ledger,
                SubjectKind kind,
                const char *name,
                int64_t now_sec,
                LedgerUsage *ret);

/* ---- what is held (ledger-held.c) ---- */

typedef struct LedgerHeld {
        const char *id;
        uint32_t recipients;
        int64_t since_sec;
        bool has_uid;
        uint32_t uid;
        const char *names[_SUBJECT_KIND_MAX]; /* borrowed; NULL: none of that kind */
} LedgerHeld;

/* Return: whether a message of that id is. */
bool ledger_find_held(const Ledger *ledger, const char *id, LedgerHeld *ret);

/*
 * Those that are, who has waited longest first; of one subject, if `name` is not NULL. Behind the
 * one with the id `after`, if that is not NULL: it must be held, and that subject's. Return: how
 * many ids were written.
 */
size_t ledger_list_held(
                const Ledger *ledger,
                SubjectKind kind,
                const char *name,
                const char *after,
                size_t count_max,
                const char *ret_ids[]);

/* It goes, whatever the limits say, and counts. Return: 0, also if it is not held (any more);
 * -ENOMEM, after which the ledger cannot be used any more. */
WARN_UNUSED int ledger_send_held(Ledger *ledger, const char *id, int64_t now_sec, bool *ret_done);

/*
 * It is to be removed, and takes nobody's room any more. Until the log says that it is gone it does
 * not go, and ledger_find_discarded() names it again, each time after twice as long. Return: was it
 * held?
 */
bool ledger_discard_held(Ledger *ledger, const char *id, int64_t now_sec);
void ledger_find_discarded(
                Ledger *ledger,
                int64_t now_sec,
                size_t count_max,
                LedgerReleasable handler,
                void *userdata);

/*
 * All subjects, some at a time: there may be a million. The look begins as {}. Who is there all the
 * while is seen once, who comes or goes perhaps. Return: 0: that were all; LEDGER_E_MORE;
 * LEDGER_E_ANEW: forget those that were seen, all of them come again; what the handler returned.
 */
typedef struct LedgerLook {
        size_t bucket;
        size_t allocated;
} LedgerLook;

enum { LEDGER_E_MORE = 1, LEDGER_E_ANEW };

typedef int (*LedgerSubjectHandler)(
                SubjectKind kind, const char *name, const LedgerUsage *usage, void *userdata);
WARN_UNUSED int ledger_look_on(
                Ledger *ledger,
                LedgerLook *look,
                int64_t now_sec,
                LedgerSubjectHandler handler,
                void *userdata);

/* Is there anything to write? */
bool ledger_has_unkept(const Ledger *ledger);
bool ledger_has_dirty(const Ledger *ledger);

size_t ledger_count_subjects(const Ledger *ledger);
size_t ledger_count_messages(const Ledger *ledger);
