/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/ring.h"
#include "meter/stopped.h"

typedef struct Entry {
        HashNode node; /* by its id */
        RingLink link;
        uint64_t names[_SUBJECT_KIND_MAX]; /* keyed hashes: two that are the same by chance cost one
                                              question of Exim's; 0: none of that kind */
        char id[MESSAGE_ID_SIZE];
} Entry;

struct Stopped {
        HashKey key;
        size_t count_max;
        HashTable ids;
        RingLink waiting; /* who was asked about longest ago comes first */
        RingLink due;     /* to be tried */
};

int stopped_new(const HashKey *key, size_t count_max, Stopped **ret) {
        Stopped *stopped = calloc(1, sizeof(*stopped));

        if (!stopped)
                return -ENOMEM;

        stopped->key = *key;
        stopped->count_max = count_max;
        ring_init(&stopped->waiting);
        ring_init(&stopped->due);
        *ret = stopped;
        return 0;
}

static void free_entry(Stopped *stopped, Entry *entry) {
        hash_table_remove(&stopped->ids, &entry->node);
        ring_remove(&entry->link);
        free(entry);
}

Stopped *stopped_free(Stopped *stopped) {
        if (!stopped)
                return NULL;

        while (stopped->waiting.next != &stopped->waiting)
                free_entry(stopped, RING_ENTRY(stopped->waiting.next, Entry, link));
        while (stopped->due.next != &stopped->due)
                free_entry(stopped, RING_ENTRY(stopped->due.next, Entry, link));
        hash_table_done(&stopped->ids);
        free(stopped);
        return NULL;
}

static uint64_t hash_of(const Stopped *stopped, const char *text) {
        return hash_bytes(&stopped->key, text, strlen(text));
}

static Entry *find(const Stopped *stopped, const char *id) {
        HashNode *node = hash_table_first(&stopped->ids, hash_of(stopped, id));

        for (; node; node = hash_table_next(node)) {
                Entry *entry = HASH_ENTRY(node, Entry, node);

                if (strcmp(entry->id, id) == 0)
                        return entry;
        }

        return NULL;
}

static Entry *add(Stopped *stopped, const char *id) {
        CLEANUP(freep) Entry *entry = NULL;

        if (stopped->ids.count >= stopped->count_max) {
                RingLink *ring = stopped->waiting.next != &stopped->waiting ? &stopped->waiting
                                                                            : &stopped->due;

                free_entry(stopped, RING_ENTRY(ring->next, Entry, link));
        }

        entry = calloc(1, sizeof(*entry));
        if (!entry || hash_table_add(&stopped->ids, &entry->node, hash_of(stopped, id)) < 0)
                return NULL;

        (void) strcpy(entry->id, id);
        ring_append(&stopped->waiting, &entry->link);
        return TAKE(entry);
}

void stopped_add(
                Stopped *stopped,
                const char *id,
                const char *const names[static _SUBJECT_KIND_MAX]) {
        Entry *entry = find(stopped, id);

        assert(strlen(id) <= MESSAGE_ID_MAX);
        if (!entry)
                entry = add(stopped, id);
        if (!entry)
                return;

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                entry->names[i] = names[i] && names[i][0] ? hash_of(stopped, names[i]) : 0;
        ring_remove(&entry->link);
        ring_append(&stopped->waiting, &entry->link);
}

void stopped_resume(Stopped *stopped, SubjectKind kind, const char *name) {
        uint64_t hash = hash_of(stopped, name);
        RingLink *next;

        for (RingLink *link = stopped->waiting.next; link != &stopped->waiting; link = next) {
                Entry *entry = RING_ENTRY(link, Entry, link);

                next = link->next;
                if (entry->names[kind] != hash)
                        continue;
                ring_remove(link);
                ring_append(&stopped->due, link);
        }
}

bool stopped_has_due(const Stopped *stopped) {
        return stopped->due.next != &stopped->due;
}

size_t stopped_take(Stopped *stopped, size_t count_max, StoppedHandler handler, void *userdata) {
        size_t count = 0;

        for (; count < count_max && stopped_has_due(stopped); count++) {
                Entry *entry = RING_ENTRY(stopped->due.next, Entry, link);

                handler(entry->id, userdata);
                free_entry(stopped, entry);
        }

        return count;
}
