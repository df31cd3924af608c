/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Writes the durable store in a thread of its own: a disk may take longer for it than Exim waits
 * for an answer. One batch at a time; it is the writer's until it is written.
 */

#include <systemd/sd-event.h>

#include "meter/ledger.h"
#include "meter/store-activity.h"

typedef struct WriterChange {
        LedgerChangeKind kind;
        MeterRecord record; /* its names are behind `bytes` */
        size_t names[_SUBJECT_KIND_MAX];
} WriterChange;

/* Of meter/activity.h. */
typedef struct WriterSlot {
        uint8_t key[ACTIVITY_KEY_SIZE];
        size_t value;      /* behind `bytes` */
        size_t value_size; /* 0: none */
} WriterSlot;

typedef struct WriterBatch {
        WriterChange *changes; /* owned */
        size_t count;
        size_t allocated;
        WriterSlot *slots; /* owned */
        size_t slot_count;
        size_t slots_allocated;
        char *bytes; /* owned */
        size_t bytes_size;
        size_t bytes_allocated;
        StorePlace places[_STORE_PLACE_KIND_MAX];
        uint32_t expire_before_sec;
} WriterBatch;

void writer_batch_done(WriterBatch *batch);
/* A copy, with its names. Return: 0 or -ENOMEM. */
WARN_UNUSED int writer_batch_add(
                WriterBatch *batch, LedgerChangeKind kind, const MeterRecord *record);
/* Likewise; `value` NULL: it is empty. */
WARN_UNUSED int writer_batch_add_slot(
                WriterBatch *batch,
                const uint8_t key[static ACTIVITY_KEY_SIZE],
                const uint8_t *value,
                size_t value_size);
/* In this thread. Return: 0 or a negative errno; then nothing of it is there. */
WARN_UNUSED int writer_batch_write(const WriterBatch *batch, Store *store);

typedef struct Writer Writer;

/* `r`: 0 or a negative errno. */
typedef void (*WriterHandler)(int r, void *userdata);

/* The store is taken over on success. */
WARN_UNUSED int writer_new(
                sd_event *event, Store *store, WriterHandler handler, void *userdata, Writer **ret);
/* What was begun is finished. */
Writer *writer_free(Writer *writer);
DEFINE_CLEANUP(Writer, writer_free)

bool writer_is_busy(const Writer *writer);
/* Only when it is not busy. The batch is taken over and is empty afterwards. */
void writer_submit(Writer *writer, WriterBatch *batch);
/* Wait until it is written. Return: what the handler would have got, which is not called. */
int writer_finish(Writer *writer);
