/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is said to the server (Valkey, Redis) that several mail servers count with: calls of one
 * script, which decides and counts in one step (shared-script.lua), and the line that it answers.
 * Names are passed with their sizes: no byte in them means anything. Pure.
 */

#include "meter/subject.h"
#include "meter/window.h"
#include "util/text.h"

#define SHARED_REVISION_SIZE 64
#define SHARED_LINE_MAX      512 /* of an answer; anything longer is none of the script's */

typedef enum SharedMode {
        SHARED_LOOK,
        SHARED_ASK,   /* count it if no limit is in the way */
        SHARED_FORCE, /* count it */
        SHARED_TELL,  /* the events alone */
        SHARED_RESET, /* nothing counts of any host's but the events */
        _SHARED_MODE_MAX,
} SharedMode;

/* What concerns one subject. */
typedef struct SharedPart {
        SubjectKind kind;
        const char *name;
        char expected[SHARED_REVISION_SIZE]; /* what the server has; "": begin anew */
        char next[SHARED_REVISION_SIZE];
        uint64_t limits[_WINDOW_LENGTH_MAX]; /* 0: none */
        Text events;                         /* owned; see shared_event_write() */
} SharedPart;

/* So many were counted so long ago, or (below 0) do not count any more. */
void shared_event_write(Text *events, int64_t age_sec, int64_t count);

/* `with_script`: the server does not know it yet. */
void shared_call_write(
                Text *text,
                const char *host,
                SharedMode mode,
                uint32_t recipients,
                const SharedPart parts[],
                size_t count,
                bool with_script);

typedef enum SharedReplyKind {
        SHARED_RESERVED,
        SHARED_OVER,      /* or it was not to be counted */
        SHARED_AGAIN,     /* a revision is another one: nothing was done */
        SHARED_NO_SCRIPT, /* likewise */
} SharedReplyKind;

typedef struct SharedReply {
        SharedReplyKind kind;
        uint64_t used[_SUBJECT_KIND_MAX][_WINDOW_LENGTH_MAX]; /* before it; by place in the call */
} SharedReply;

/* `line` without its end, the answer to a call with `count` parts. Return: 0 or -EBADMSG, also for
 * an error that the server tells of. */
WARN_UNUSED int shared_reply_read(const char *line, size_t count, SharedReply *ret);
