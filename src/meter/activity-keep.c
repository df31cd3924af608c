/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meter/activity-keep.h"
#include "meter/activity-state.h"

static int hand_out(const ActivityEntry *entry, ActivitySlotHandler handler, void *userdata) {
        uint8_t key[ACTIVITY_KEY_SIZE], value[ACTIVITY_VALUE_MAX];
        ActivityRecord record = entry->record;

        activity_encode_key(record.kind, record.slot, key);
        if (!entry->name)
                return handler(key, NULL, 0, userdata);

        record.name = entry->name;
        return handler(key, value, activity_encode_value(&record, value), userdata);
}

int activity_collect(Activity *activity, ActivitySlotHandler handler, void *userdata) {
        assert(!activity->in_flight);

        for (const ActivityEntry *entry = activity->dirty; entry; entry = entry->next_dirty) {
                int r = hand_out(entry, handler, userdata);

                if (r < 0)
                        return r;
        }

        for (ActivityEntry *entry = activity->dirty; entry; entry = entry->next_dirty) {
                entry->is_dirty = false;
                entry->next_in_flight = entry->next_dirty;
        }
        activity->in_flight = activity->dirty;
        activity->dirty = NULL;
        return 0;
}

void activity_written(Activity *activity, bool success) {
        while (activity->in_flight) {
                ActivityEntry *entry = activity->in_flight;

                activity->in_flight = entry->next_in_flight;
                if (!success)
                        activity_mark(activity, entry);
        }
}

int activity_load(Activity *activity, const ActivityRecord *record) {
        const ActivityTable *table = &activity->tables[record->kind];
        ActivityEntry *entry;
        int r;

        /* of a program with more room, or damaged: it may be left where it is */
        if (record->slot >= activity->entries_max ||
            (record->slot < table->count && table->slots[record->slot]) ||
            activity_find(activity, record->kind, record->name))
                return 0;

        r = activity_add_entry(activity, record->kind, record->slot, &entry);
        if (r >= 0)
                r = activity_give_name(activity, entry, record->name);
        if (r < 0)
                return r;

        entry->record = *record;
        entry->record.name = NULL;
        return 0;
}

static int compare_age(const void *a, const void *b) {
        const ActivityEntry *const *x = a, *const *y = b;

        return (*x)->record.last_sec < (*y)->record.last_sec
                               ? -1
                               : (*x)->record.last_sec > (*y)->record.last_sec;
}

int activity_end_load(Activity *activity) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                ActivityTable *table = &activity->tables[i];
                CLEANUP(freep)
                ActivityEntry **sorted = calloc(table->filled + 1, sizeof(ActivityEntry *));
                size_t count = 0;

                if (!sorted)
                        return -ENOMEM;
                for (RingLink *link = table->used.next; link != &table->used; link = link->next)
                        sorted[count++] = RING_ENTRY(link, ActivityEntry, use);
                qsort(sorted, count, sizeof(*sorted), compare_age);
                ring_init(&table->used);
                for (size_t j = 0; j < count; j++)
                        ring_append(&table->used, &sorted[j]->use);
        }

        return 0;
}
