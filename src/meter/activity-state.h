/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the activity share, and nobody else knows. */

#include "meter/activity.h"
#include "meter/ring.h"

typedef struct ActivityEntry ActivityEntry;

/* Keeps its slot for ever, with one name after the other: so what is on disk has a bound, too. */
struct ActivityEntry {
        HashNode node; /* while it has a name */
        RingLink use;  /* who was active longest ago comes first; or of those without name */
        ActivityEntry *next_dirty;
        ActivityEntry *next_in_flight;
        bool is_dirty;
        ActivityRecord record;
        char *name; /* owned; NULL: nobody's now */
};

typedef struct ActivityTable {
        ActivityEntry **slots; /* owned; NULL: not yet */
        size_t count;
        size_t allocated;
        size_t filled; /* slots that are not NULL */
        size_t next;   /* below it there is no slot that is NULL */
        RingLink used;
        RingLink unused;
} ActivityTable;

struct Activity {
        HashKey key;
        size_t entries_max;
        HashTable names;
        ActivityTable tables[_SUBJECT_KIND_MAX];
        ActivityEntry *dirty;
        ActivityEntry *in_flight;
};

ActivityEntry *activity_find(const Activity *activity, SubjectKind kind, const char *name);
/* It differs from what is on the disk. */
void activity_mark(Activity *activity, ActivityEntry *entry);
/* A new one without name; the slot is free. Return: 0 or -ENOMEM. */
WARN_UNUSED int activity_add_entry(
                Activity *activity, SubjectKind kind, size_t slot, ActivityEntry **ret);
/* To one that has none. Likewise. */
WARN_UNUSED int activity_give_name(Activity *activity, ActivityEntry *entry, const char *name);
