/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What of the ledger goes to the disks, and when. */

#include "meterd/meter-state.h"
#include "util/log.h"
#include "util/now.h"

/* Behind its time a record may be of use for as long as it counts by the minute. */
#define EXPIRE_SEC (WINDOW_DAY_SEC + 120)

/* The place in the log moves on also while nothing is counted: so often it is written then. */
#define PLACE_USEC (60 * USEC_PER_SEC)

static int put_open(const MeterRecord *record, void *userdata) {
        return store_put_waiting(userdata, record);
}

static int remove_open(const MeterRecord *record, void *userdata) {
        return store_remove_waiting(userdata, record);
}

/* What is promised has to outlive this process. Without room for it mail goes on all the same: it
 * is lost only if the process is killed before the log has it. */
void meter_keep(Meter *meter) {
        const LedgerSink sink = { put_open, remove_open, meter->open };
        int r;

        if (!meter->open || !ledger_has_unkept(meter->ledger))
                return;

        r = store_begin(meter->open);
        if (r >= 0)
                r = ledger_flush_open(meter->ledger, &sink);
        if (r >= 0)
                r = store_commit(meter->open);
        if (r < 0 && !meter->open_failing)
                (void) log_warning_errno(
                                r, "Failed to keep what was answered, should this process die: %m");
        meter->open_failing = r < 0;
}

typedef struct Collection {
        Meter *meter;
        WriterBatch *batch;
        int64_t now_sec;
} Collection;

/* What counts is added to who was active here, and not when it happens: then both are on the disk,
 * or neither, whatever happens in between. */
static int add_change(LedgerChangeKind kind, const MeterRecord *record, void *userdata) {
        const Collection *to = userdata;
        int r = writer_batch_add(to->batch, kind, record);

        if (r >= 0 && kind == LEDGER_PUT_COUNTED && record->state == RECORD_COUNTED)
                activity_add_mail(
                                to->meter->activity,
                                record->names,
                                record->recipients,
                                record->time_sec,
                                to->now_sec);
        return r;
}

static int add_slot(
                const uint8_t key[static ACTIVITY_KEY_SIZE],
                const uint8_t *value,
                size_t value_size,
                void *userdata) {
        return writer_batch_add_slot(userdata, key, value, value_size);
}

static int collect(Meter *meter, WriterBatch *batch) {
        Collection to = { meter, batch, now_read_sec() };
        int r;

        follower_get_places(meter->follower, batch->places);
        batch->expire_before_sec = (uint32_t) MAX_OF(to.now_sec - EXPIRE_SEC, 0);
        r = ledger_collect(meter->ledger, add_change, &to);
        if (r < 0)
                return r;

        r = activity_collect(meter->activity, add_slot, batch);
        if (r < 0)
                ledger_written(meter->ledger, false);
        return r;
}

static void on_written(int r, void *userdata) {
        Meter *meter = userdata;

        ledger_written(meter->ledger, r >= 0);
        activity_written(meter->activity, r >= 0);
        if (r < 0 && !meter->write_failing)
                (void) log_error_errno(r, "Failed to write what was counted, trying again: %m");
        else if (r >= 0 && meter->write_failing)
                log_notice("What was counted is on the disk again");
        meter->write_failing = r < 0;

        if (meter->bus) {
                meter_bus_written(meter->bus, meter->batch_number, r);
                if (meter_bus_is_waiting(meter->bus))
                        meter_write_changes(meter);
        }
}

int meter_write_now(Meter *meter, Store *store) {
        CLEANUP(writer_batch_done) WriterBatch batch = {};
        int r;

        r = collect(meter, &batch);
        if (r < 0)
                return r;

        on_written(writer_batch_write(&batch, store), meter);
        return 0;
}

static bool is_place_due(Meter *meter) {
        StorePlace places[_STORE_PLACE_KIND_MAX];

        follower_get_places(meter->follower, places);
        return places[STORE_PLACE_READ].log.offset != meter->written_offset &&
               meter->written_usec + PLACE_USEC <= now_read_usec(CLOCK_MONOTONIC);
}

static void write_changes(Meter *meter) {
        CLEANUP(writer_batch_done) WriterBatch batch = {};

        if (collect(meter, &batch) < 0)
                return; /* no memory: in a second again */

        meter->written_offset = batch.places[STORE_PLACE_READ].log.offset;
        meter->written_usec = now_read_usec(CLOCK_MONOTONIC);
        meter->batch_number++;
        writer_submit(meter->writer, &batch);
}

void meter_write_changes(Meter *meter) {
        bool is_waited_for = meter->bus && meter_bus_is_waiting(meter->bus);

        if (!writer_is_busy(meter->writer) &&
            (ledger_has_dirty(meter->ledger) || is_place_due(meter) || is_waited_for))
                write_changes(meter);
}

void meter_write_last(Meter *meter) {
        while (writer_is_busy(meter->writer))
                on_written(writer_finish(meter->writer), meter);
        write_changes(meter);
        while (writer_is_busy(meter->writer))
                on_written(writer_finish(meter->writer), meter);
        meter_keep(meter);
}

int meter_start_writer(Meter *meter, Store *store) {
        return writer_new(meter->event, store, on_written, meter, &meter->writer);
}
