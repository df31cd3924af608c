/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the meter keeps on disk, by LMDB. Three stores:
 *
 *     durable  what is counted and what waits, who was active, and the place in Exim's log up to
 *              which that is so: one transaction, on the disk when the call returns
 *     open     what was answered and is in neither; in memory, lost with the machine, not with the
 *              process
 *     subjects what is set for each by name (meter/store-subjects.h). Of its own: the log can
 *              bring counts back and not these, and so they are not in the file that is written
 *              each second; neither is lost with the other
 *
 * A store is for one thread at a time, and opened once in a process.
 */

#include <sys/types.h>

#include "meter/log-files.h"
#include "meter/record.h"

typedef struct Store Store;

enum { STORE_E_DAMAGED = 1 };

typedef enum StoreKind {
        STORE_DURABLE,
        STORE_OPEN,
        STORE_SUBJECTS,
} StoreKind;

typedef enum StorePlaceKind {
        STORE_PLACE_READ, /* up to which it is counted */
        STORE_PLACE_HOUR, /* where the last hour before that begins */
        _STORE_PLACE_KIND_MAX,
} StorePlaceKind;

typedef struct StorePlace {
        LogPlace log;
        int64_t last_line_sec; /* time of the last line that was read */
        bool is_set;
} StorePlace;

/* The directory exists. Return: 0; STORE_E_DAMAGED, a negative errno. */
WARN_UNUSED int store_open(const char *directory, StoreKind kind, Store **ret);
Store *store_free(Store *store);
DEFINE_CLEANUP(Store, store_free)

/* Put a damaged one aside, as NAME.damaged, instead of an older one. Not while it is open. */
WARN_UNUSED int store_set_aside(const char *directory);

/*
 * Reading damaged pages can end the process. So everything is read in a child first. To be called
 * before the store is opened, by a process without other threads. Return: 0, STORE_E_DAMAGED, a
 * negative errno.
 */
WARN_UNUSED int store_check(const char *directory, StoreKind kind);

/* All records: what is counted in order of time, then what waits, likewise. Return: 0,
 * STORE_E_DAMAGED, a negative errno, what the handler returned. */
typedef int (*StoreHandler)(const MeterRecord *record, void *userdata);
WARN_UNUSED int store_read(Store *store, StoreHandler handler, void *userdata);
WARN_UNUSED int store_read_place(Store *store, StorePlaceKind kind, StorePlace *ret);
/* Touch all that reading or writing will. The same. */
WARN_UNUSED int store_walk(Store *store);

/*
 * Changes are one transaction: all of them are there after store_commit(), or none. After a failure
 * of any call the transaction is gone. The store grows as needed. Return: 0 or a negative errno.
 */
WARN_UNUSED int store_begin(Store *store);
WARN_UNUSED int store_put_counted(Store *store, const MeterRecord *record);
WARN_UNUSED int store_put_waiting(Store *store, const MeterRecord *record);
WARN_UNUSED int store_remove_waiting(Store *store, const MeterRecord *record);
WARN_UNUSED int store_put_place(Store *store, StorePlaceKind kind, const StorePlace *place);
/* Counted ones of before that time, up to count_max of them. */
WARN_UNUSED int store_expire(Store *store, uint32_t before_sec, size_t count_max);
WARN_UNUSED int store_commit(Store *store);
