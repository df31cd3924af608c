/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A job: what a caller asks of the service, and what it gets back. Pure. */

#include "core/attempt-list.h"
#include "core/explain-question.h"
#include "core/foreign-change.h"
#include "core/history-entry.h"
#include "exim/exim.h"
#include "firewall/firewall.h"
#include "policy/policy-change.h"

typedef enum JobKind {
        JOB_CHANGE,           /* apply .change: Enable, SetPolicy, SetMailLimits and their likes */
        JOB_RELOAD,           /* read policy.json again, resolve names and MTAs again */
        JOB_PREVIEW,          /* what .change would do; changes nothing */
        JOB_CONFIRM,          /* the change on trial stays */
        JOB_CANCEL,           /* the policy before the trial comes back at once */
        JOB_ROLLBACK,         /* to the policy of the past with that id */
        JOB_LIST_HISTORY,     /* changes nothing */
        JOB_ADD_EXCEPTION,    /* .exception */
        JOB_REMOVE_EXCEPTION, /* .exception_id */
        JOB_LIST_ATTEMPTS,    /* .attempts; changes nothing */
        JOB_RESET_ATTEMPTS,   /* of .attempts.user; "": of all */
        JOB_SAVE_ATTEMPTS,    /* for the next boot; no caller's */
        JOB_EXPLAIN,          /* .explain; changes nothing */
        JOB_VERIFY,           /* kernel and files against the policy; changes nothing */
        JOB_REPAIR,           /* somebody changed Exim's files; no caller's */
        JOB_RETRY_EXIM,       /* what a change had to do without; no caller's */
        JOB_CLOCK,            /* somebody set the clock; no caller's */
        JOB_FOLLOW_METER,     /* the meter may be needed, or not any more */
        JOB_FOLLOW,           /* users, groups or mail servers may be others; no caller's */
} JobKind;

#define JOB_ID_SIZE 21 /* of what has an id; with NUL */

typedef struct JobRequest {
        JobKind kind;
        PolicyChange change; /* owned by the request; JOB_CHANGE and JOB_PREVIEW */
        bool dry_run;        /* JOB_CHANGE: check all, change nothing */
        bool generation_set; /* JOB_CHANGE: refuse with Changed unless this is the generation in
                                force */
        uint64_t generation;
        uint32_t try_seconds; /* JOB_CHANGE: a trial, to be confirmed within that time; 0: none */
        char id[JOB_ID_SIZE]; /* JOB_CONFIRM, JOB_CANCEL: the trial's */
        uint32_t most;        /* JOB_LIST_HISTORY: at most so many */
        uint64_t past;        /* JOB_ROLLBACK: its id; JOB_LIST_HISTORY: older ones alone; 0: all */
        Exception *exception; /* owned; JOB_ADD_EXCEPTION: without id, and not granted yet */
        uint32_t expires_in;  /* JOB_ADD_EXCEPTION: its seconds from when it is granted; 0: as it
                                 says itself */
        uint64_t exception_id;   /* JOB_REMOVE_EXCEPTION */
        AttemptFilter attempts;  /* JOB_LIST_ATTEMPTS, JOB_RESET_ATTEMPTS */
        AttemptBook fresh;       /* owned; who has begun to try since the last job of attempts */
        ExplainQuestion explain; /* JOB_EXPLAIN */
        bool report_only;        /* JOB_REPAIR: what is lost is only reported */
        const char *action;      /* static: the method's name, for the log and LastChange */
        uint32_t uid;            /* who asked */
} JobRequest;

void job_request_done(JobRequest *request);

/* What a job gives back; only what belongs to its kind is filled. */
typedef struct JobResult {
        bool changed;         /* JOB_CHANGE */
        char id[JOB_ID_SIZE]; /* JOB_CHANGE: the trial's, if it is one; JOB_ADD_EXCEPTION */
        char *ruleset;        /* owned; JOB_PREVIEW */
        EximDiff *diffs;      /* owned; JOB_PREVIEW */
        size_t diff_count;
        AffectedConnections affected; /* JOB_PREVIEW */
        StringList affected_users; /* JOB_PREVIEW: whose, one for each of `affected`; "" where the
                                      name is not known. The worker looks them up: that may block */
        HistoryEntries history;    /* JOB_LIST_HISTORY */
        AttemptList attempts;      /* JOB_LIST_ATTEMPTS */
        ExplainAnswer explanation; /* JOB_EXPLAIN */
        Problems problems;         /* JOB_PREVIEW, JOB_VERIFY */
        ForeignChangeOutcome foreign_change; /* JOB_REPAIR */
} JobResult;

void job_result_done(JobResult *result);
