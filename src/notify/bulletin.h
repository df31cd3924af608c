/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What happened, collected by subject until a mail says it: one mail for a subject and hour, and so
 * many in all. Bounded whatever comes. Pure: times come in, a mail's text goes out.
 */

#include "notify/event.h"

#define BULLETIN_HOUR_USEC (3600 * USEC_PER_SEC)

#define BULLETIN_SUBJECTS_MAX 1000
#define BULLETIN_ITEMS_MAX    16 /* different things about one subject; more are counted */
#define BULLETIN_MAILS_MAX    20 /* in an hour, the last one for all that is due then */

typedef struct BulletinOptions {
        bool kinds[_EVENT_KIND_MAX]; /* what is mailed */
        uint64_t attempts_min;       /* of a subject within an hour: fewer are nobody's business */
        uint64_t gather_usec;        /* how long a mail waits for what else happens */
} BulletinOptions;

typedef struct BulletinItem {
        EventKind kind;
        char *text; /* owned */
        uint64_t count;
        uint64_t recipients;
} BulletinItem;

typedef struct BulletinEntry {
        char *subject; /* owned */
        BulletinItem items[BULLETIN_ITEMS_MAX];
        size_t count;
        uint64_t others;     /* events that found no room in items */
        uint64_t attempts;   /* in items */
        uint64_t begin_usec; /* of what is in items */
        uint64_t due_usec;   /* UINT64_MAX: nothing in it is worth a mail */
        uint64_t mailed_usec;
        bool mailed; /* mailed_usec says when */
} BulletinEntry;

typedef struct Bulletin {
        BulletinOptions options;
        BulletinEntry *entries; /* owned */
        size_t count;
        size_t allocated;
        uint64_t lost; /* events of subjects that found no room */
        uint64_t window_usec;
        unsigned mails; /* since window_usec */
} Bulletin;

/* Begins with options and else zeros. */
void bulletin_done(Bulletin *bulletin);

/* Return: 0 or -ENOMEM. */
WARN_UNUSED int bulletin_add(Bulletin *bulletin, const Event *event, uint64_t now_usec);

/* It is over: whether there was something that nobody was told of yet, and that is forgotten. */
bool bulletin_forget(Bulletin *bulletin, const char *subject);

/* When there will be a mail; UINT64_MAX if nothing waits. */
uint64_t bulletin_next(const Bulletin *bulletin);

/*
 * The mail that is due, with its header; what it says is not in the bulletin any more. `to` is an
 * address that settings_read() let pass, `host` the name of this host. Return: 1, 0 if there is
 * none, -ENOMEM (and the bulletin is as it was).
 */
WARN_UNUSED int bulletin_take(
                Bulletin *bulletin,
                uint64_t now_usec,
                const char *to,
                const char *host,
                char **ret);
