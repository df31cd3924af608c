/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/activity-state.h"
#include "util/array.h"

#define SWEEP_MAX 1000 /* entries that are forgotten in one go */
#define LOOK_MAX  2000 /* slots that are looked at in one go */

int activity_new(const HashKey *key, size_t entries_max, Activity **ret) {
        Activity *activity = calloc(1, sizeof(*activity));

        assert(entries_max > 0 && entries_max <= UINT32_MAX);
        if (!activity)
                return -ENOMEM;

        activity->key = *key;
        activity->entries_max = entries_max;
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                ring_init(&activity->tables[i].used);
                ring_init(&activity->tables[i].unused);
        }
        *ret = activity;
        return 0;
}

Activity *activity_free(Activity *activity) {
        if (!activity)
                return NULL;

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                ActivityTable *table = &activity->tables[i];

                for (size_t j = 0; j < table->count; j++)
                        if (table->slots[j]) {
                                free(table->slots[j]->name);
                                free(table->slots[j]);
                        }
                free(table->slots);
        }
        hash_table_done(&activity->names);
        free(activity);
        return NULL;
}

/* ---- entries ---- */

/* The same name can be of two kinds. */
static uint64_t hash_of(const Activity *activity, SubjectKind kind, const char *name) {
        HashKey key = activity->key;

        key.words[0] ^= (uint64_t) kind;
        return hash_bytes(&key, name, strlen(name));
}

ActivityEntry *activity_find(const Activity *activity, SubjectKind kind, const char *name) {
        HashNode *node = hash_table_first(&activity->names, hash_of(activity, kind, name));

        for (; node; node = hash_table_next(node)) {
                ActivityEntry *entry = HASH_ENTRY(node, ActivityEntry, node);

                if (entry->record.kind == kind && strcmp(entry->name, name) == 0)
                        return entry;
        }

        return NULL;
}

void activity_mark(Activity *activity, ActivityEntry *entry) {
        if (entry->is_dirty)
                return;

        entry->is_dirty = true;
        entry->next_dirty = activity->dirty;
        activity->dirty = entry;
}

/* It is nobody's then. */
static void clear(Activity *activity, ActivityEntry *entry) {
        const ActivityRecord empty = { .kind = entry->record.kind, .slot = entry->record.slot };

        hash_table_remove(&activity->names, &entry->node);
        ring_remove(&entry->use);
        ring_append(&activity->tables[empty.kind].unused, &entry->use);
        free(entry->name);
        entry->name = NULL;
        entry->record = empty;
        activity_mark(activity, entry);
}

/* The slot is free. */
int activity_add_entry(Activity *activity, SubjectKind kind, size_t slot, ActivityEntry **ret) {
        ActivityTable *table = &activity->tables[kind];
        CLEANUP(freep) ActivityEntry *entry = calloc(1, sizeof(*entry));
        int r;

        if (!entry)
                return -ENOMEM;
        r = ARRAY_MAKE_ROOM(&table->slots, &table->allocated, slot + 1);
        if (r < 0)
                return r;

        while (table->count <= slot)
                table->slots[table->count++] = NULL;
        entry->record.kind = kind;
        entry->record.slot = (uint32_t) slot;
        ring_append(&table->unused, &entry->use);
        table->slots[slot] = entry;
        table->filled++;
        *ret = TAKE(entry);
        return 0;
}

/* One that is nobody's, if there is no other way that of whoever was active longest ago. */
static int find_room(Activity *activity, SubjectKind kind, ActivityEntry **ret) {
        ActivityTable *table = &activity->tables[kind];

        if (table->unused.next == &table->unused) {
                if (table->filled < activity->entries_max) {
                        while (table->next < table->count && table->slots[table->next])
                                table->next++;
                        return activity_add_entry(activity, kind, table->next, ret);
                }
                clear(activity, RING_ENTRY(table->used.next, ActivityEntry, use));
        }

        *ret = RING_ENTRY(table->unused.next, ActivityEntry, use);
        return 0;
}

int activity_give_name(Activity *activity, ActivityEntry *entry, const char *name) {
        CLEANUP(freep) char *copy = strdup(name);
        int r;

        if (!copy)
                return -ENOMEM;
        r =
                        hash_table_add(&activity->names,
                                       &entry->node,
                                       hash_of(activity, entry->record.kind, name));
        if (r < 0)
                return r;

        entry->name = TAKE(copy);
        ring_remove(&entry->use);
        ring_append(&activity->tables[entry->record.kind].used, &entry->use);
        return 0;
}

static int find_or_add(
                Activity *activity, SubjectKind kind, const char *name, ActivityEntry **ret) {
        ActivityEntry *entry = activity_find(activity, kind, name);
        int r = 0;

        if (!entry) {
                r = find_room(activity, kind, &entry);
                if (r >= 0)
                        r = activity_give_name(activity, entry, name);
        }
        if (r < 0)
                return r;

        *ret = entry;
        return 0;
}

/* ---- adding ---- */

static uint32_t add_up(uint32_t a, uint32_t b) {
        return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static uint32_t day_of(int64_t time_sec) {
        return (uint32_t) (time_sec / ACTIVITY_DAY_SEC);
}

/* What was of a time to come, before the clock was put back, gives way. */
static ActivityDay *find_day(ActivityRecord *record, uint32_t day) {
        ActivityDay *at = &record->days[day % ACTIVITY_DAYS];

        if (at->day != day)
                *at = (ActivityDay){ .day = day };
        return at;
}

static void add_address(ActivityRecord *record, const struct in6_addr *address, uint32_t time_sec) {
        ActivityAddress *all = record->addresses;
        size_t at = 0;

        while (at < ACTIVITY_ADDRESSES_MAX - 1 && all[at].time_sec > 0 &&
               memcmp(&all[at].address, address, sizeof(*address)) != 0)
                at++;
        memmove(all + 1, all, at * sizeof(*all));
        all[0] = (ActivityAddress){ time_sec, *address };
}

typedef struct Addition {
        bool is_auth;
        uint32_t recipients;
        const struct in6_addr *address;
        int64_t time_sec;
        int64_t now_sec;
} Addition;

static void add(Activity *activity, SubjectKind kind, const char *name, const Addition *what) {
        int64_t time_sec = MAX_OF(MIN_OF(what->time_sec, what->now_sec), (int64_t) 0);
        ActivityEntry *entry;
        ActivityDay *day;

        if (day_of(time_sec) == 0 || day_of(time_sec) + ACTIVITY_DAYS <= day_of(what->now_sec) ||
            find_or_add(activity, kind, name, &entry) < 0)
                return;

        day = find_day(&entry->record, day_of(time_sec));
        if (what->is_auth) {
                day->auth_messages = add_up(day->auth_messages, 1);
                if (what->address)
                        add_address(&entry->record, what->address, (uint32_t) time_sec);
        } else {
                day->messages = add_up(day->messages, 1);
                day->recipients = add_up(day->recipients, what->recipients);
        }
        entry->record.last_sec =
                        entry->record.last_sec > what->now_sec
                                        ? (uint32_t) time_sec
                                        : MAX_OF(entry->record.last_sec, (uint32_t) time_sec);

        ring_remove(&entry->use);
        ring_append(&activity->tables[kind].used, &entry->use);
        activity_mark(activity, entry);
}

static void add_all(
                Activity *activity,
                const char *const names[static _SUBJECT_KIND_MAX],
                const Addition *what) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (names[i] && names[i][0])
                        add(activity, i, names[i], what);
}

void activity_add_mail(
                Activity *activity,
                const char *const names[static _SUBJECT_KIND_MAX],
                uint32_t recipients,
                int64_t time_sec,
                int64_t now_sec) {
        add_all(activity,
                names,
                &(Addition){
                                .recipients = recipients,
                                .time_sec = time_sec,
                                .now_sec = now_sec,
                });
}

void activity_add_auth(
                Activity *activity,
                const char *const names[static _SUBJECT_KIND_MAX],
                const struct in6_addr *address,
                int64_t time_sec,
                int64_t now_sec) {
        add_all(activity,
                names,
                &(Addition){
                                .is_auth = true,
                                .address = address,
                                .time_sec = time_sec,
                                .now_sec = now_sec,
                });
}

/* ---- forgetting ---- */

/* A day to come, of a clock that was put back since, is none that is too old. */
static bool is_too_old(const ActivityRecord *record, int64_t now_sec) {
        for (size_t i = 0; i < ACTIVITY_DAYS; i++)
                if (record->days[i].day + ACTIVITY_DAYS > day_of(now_sec))
                        return false;

        return true;
}

void activity_sweep(Activity *activity, int64_t now_sec) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                RingLink *used = &activity->tables[i].used;

                for (size_t j = 0; j < SWEEP_MAX && used->next != used; j++) {
                        ActivityEntry *entry = RING_ENTRY(used->next, ActivityEntry, use);

                        if (!is_too_old(&entry->record, now_sec))
                                break;
                        clear(activity, entry);
                }
        }
}

/* ---- reading ---- */

static bool sum_up(
                const ActivityRecord *record,
                int64_t since_sec,
                int64_t now_sec,
                ActivitySums *ret) {
        uint32_t today = day_of(now_sec);
        uint32_t first =
                        MAX_OF(day_of(MAX_OF(since_sec, (int64_t) 0)),
                               today - MIN_OF(today, (uint32_t) ACTIVITY_DAYS - 1));
        ActivitySums sums = { .last_sec = record->last_sec };
        size_t addresses = 0;

        for (size_t i = 0; i < ACTIVITY_DAYS; i++) {
                const ActivityDay *day = &record->days[i];

                if (day->day < first || day->day > today)
                        continue;
                sums.messages += day->messages;
                sums.recipients += day->recipients;
                sums.auth_messages += day->auth_messages;
        }
        for (size_t i = 0; i < ACTIVITY_ADDRESSES_MAX; i++)
                if (day_of(record->addresses[i].time_sec) >= first)
                        sums.addresses[addresses++] = record->addresses[i];

        *ret = sums;
        return sums.messages > 0 || sums.auth_messages > 0;
}

bool activity_read(
                const Activity *activity,
                SubjectKind kind,
                const char *name,
                int64_t since_sec,
                int64_t now_sec,
                ActivitySums *ret) {
        const ActivityEntry *entry = activity_find(activity, kind, name);

        *ret = (ActivitySums){};
        return entry && sum_up(&entry->record, since_sec, now_sec, ret);
}

int activity_look_on(
                const Activity *activity,
                ActivityLook *look,
                int64_t since_sec,
                int64_t now_sec,
                ActivityHandler handler,
                void *userdata) {
        for (size_t i = 0; i < LOOK_MAX; i++, look->slot++) {
                const ActivityEntry *entry;
                ActivitySums sums;
                int r;

                while (look->slot >= activity->tables[look->kind].count) {
                        if (look->kind == _SUBJECT_KIND_MAX - 1)
                                return 0;
                        *look = (ActivityLook){ .kind = look->kind + 1 };
                }
                entry = activity->tables[look->kind].slots[look->slot];
                if (!entry || !entry->name || !sum_up(&entry->record, since_sec, now_sec, &sums))
                        continue;
                r = handler(look->kind, entry->name, &sums, userdata);
                if (r != 0)
                        return r;
        }

        return ACTIVITY_E_MORE;
}
