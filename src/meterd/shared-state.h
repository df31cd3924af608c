/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the way to the server of shared counters have in common. */

#include "meterd/shared.h"

#define HOST_SIZE 33

typedef enum SharedState {
        SHARED_OFF,
        SHARED_BEGINNING, /* for the first time: questions wait for it */
        SHARED_UP,
        SHARED_DOWN, /* nobody waits */
        SHARED_RETRYING,
} SharedState;

typedef struct Open {
        struct Open *behind;
        SharedQuestion question; /* of what was asked; without a handler: it is told */
        LedgerCall call;
        uint64_t since_usec;
        uint32_t tries;
} Open;

typedef struct OpenList {
        Open *first;
        Open *last;
        size_t count;
} OpenList;

struct Shared {
        sd_event *event; /* owned */
        char *path;      /* owned */
        char *url;       /* owned; NULL: there is no server. Only to know that it is another one */
        Ledger *ledger;  /* borrowed */
        SharedWatcher watcher;
        void *userdata;
        char host[HOST_SIZE]; /* no other has it */

        SharedState state;
        uint32_t percent;
        uint64_t wait_usec;
        int fd;                  /* owned */
        sd_event_source *source; /* owned */
        sd_event_source *timer;  /* owned: the first answer is late, or: try again */
        OpenList sent;           /* owned: answers come in this order */
        OpenList waiting;        /* owned: until the connection stands */
        Text unsent;             /* owned */
        size_t unsent_from;
        char line[SHARED_LINE_MAX];
        size_t size;
        bool is_known;     /* the script, to the server */
        bool failing;      /* and that was said */
        bool is_telling;   /* all that was counted here */
        bool has_left_out; /* some of it, which would have been too much at a time */
        LedgerLook look;
};

/* Whoever waits is told to decide by himself; it is tried again later. `text`: in the server's
 * words, or NULL. */
void shared_give_up(Shared *shared, int error, const char *text);

/* shared-calls.c: the first one, NULL without any; it is the caller's then. */
Open *shared_take_first(OpenList *list);
/* With its answer, or without. */
void shared_end(Open *open, bool is_answered);
void shared_end_all(Shared *shared);
void shared_set_timer(Shared *shared, uint64_t usec);
/* As much as goes now. */
void shared_send_on(Shared *shared);
/* Both take it over. */
void shared_send(Shared *shared, Open *open);
void shared_begin(Shared *shared, Open *open);
void shared_on_tell(const LedgerCall *call, void *userdata);
/* All that was counted here: some of it, when what was sent before has been answered. */
void shared_tell_on(Shared *shared);
/* Before anybody relies on it: is the script what the server takes? */
void shared_try_script(Shared *shared);
