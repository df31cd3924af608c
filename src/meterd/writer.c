/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "meterd/writer.h"
#include "util/array.h"
#include "util/fd.h"

#define EXPIRE_MAX 50000 /* records in one go; the rest comes with the next batch */

struct Writer {
        pthread_t thread;
        bool has_thread;
        int done_fd;             /* owned */
        sd_event_source *source; /* owned */
        WriterHandler handler;
        void *userdata;
        bool is_busy; /* the loop's own view */

        pthread_mutex_t lock;
        pthread_cond_t changed;
        /* under the lock */
        bool has_batch;
        bool is_ending;
        int result;

        /* the thread's, while has_batch */
        Store *store; /* owned */
        WriterBatch batch;
};

void writer_batch_done(WriterBatch *batch) {
        free(batch->changes);
        free(batch->slots);
        free(batch->bytes);
        *batch = (WriterBatch){};
}

static int add_bytes(WriterBatch *batch, const void *data, size_t size, size_t *ret) {
        if (batch->bytes_size + size > batch->bytes_allocated) {
                size_t allocated = MAX_OF(2 * batch->bytes_allocated, (size_t) 65536);
                char *bytes = realloc(batch->bytes, allocated);

                if (!bytes)
                        return -ENOMEM;
                batch->bytes = bytes;
                batch->bytes_allocated = allocated;
        }

        memcpy(batch->bytes + batch->bytes_size, data, size);
        *ret = batch->bytes_size;
        batch->bytes_size += size;
        return 0;
}

int writer_batch_add(WriterBatch *batch, LedgerChangeKind kind, const MeterRecord *record) {
        WriterChange *change;

        if (batch->count == batch->allocated) {
                size_t allocated = MAX_OF(2 * batch->allocated, (size_t) 256);
                WriterChange *changes = reallocarray(batch->changes, allocated, sizeof(*changes));

                if (!changes)
                        return -ENOMEM;
                batch->changes = changes;
                batch->allocated = allocated;
        }

        change = &batch->changes[batch->count];
        change->kind = kind;
        change->record = *record;
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                const char *name = record->names[i];
                int r = add_bytes(batch, name, strlen(name) + 1, &change->names[i]);

                if (r < 0)
                        return r;
        }
        batch->count++;
        return 0;
}

int writer_batch_add_slot(
                WriterBatch *batch,
                const uint8_t key[static ACTIVITY_KEY_SIZE],
                const uint8_t *value,
                size_t value_size) {
        WriterSlot *slot;
        int r;

        r = ARRAY_MAKE_ROOM(&batch->slots, &batch->slots_allocated, batch->slot_count + 1);
        if (r < 0)
                return r;

        slot = &batch->slots[batch->slot_count];
        *slot = (WriterSlot){};
        memcpy(slot->key, key, sizeof(slot->key));
        if (value) {
                r = add_bytes(batch, value, value_size, &slot->value);
                if (r < 0)
                        return r;
                slot->value_size = value_size;
        }
        batch->slot_count++;
        return 0;
}

static int write_change(const WriterBatch *batch, const WriterChange *change, Store *store) {
        MeterRecord record = change->record;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                record.names[i] = batch->bytes + change->names[i];

        switch (change->kind) {
        case LEDGER_PUT_COUNTED:
        case LEDGER_PUT_COUNTED_AGAIN:
                return store_put_counted(store, &record);
        case LEDGER_PUT_WAITING:
                return store_put_waiting(store, &record);
        case LEDGER_REMOVE_WAITING:
        default:
                return store_remove_waiting(store, &record);
        }
}

static int write_slot(const WriterBatch *batch, const WriterSlot *slot, Store *store) {
        const uint8_t *bytes = (const uint8_t *) batch->bytes;

        return store_put_activity(
                        store,
                        slot->key,
                        slot->value_size > 0 ? bytes + slot->value : NULL,
                        slot->value_size);
}

int writer_batch_write(const WriterBatch *batch, Store *store) {
        int r;

        r = store_begin(store);
        for (size_t i = 0; i < batch->count && r >= 0; i++)
                r = write_change(batch, &batch->changes[i], store);
        for (size_t i = 0; i < batch->slot_count && r >= 0; i++)
                r = write_slot(batch, &batch->slots[i], store);
        for (StorePlaceKind i = 0; i < _STORE_PLACE_KIND_MAX && r >= 0; i++)
                r = store_put_place(store, i, &batch->places[i]);
        if (r >= 0)
                r = store_expire(store, batch->expire_before_sec, EXPIRE_MAX);
        if (r >= 0)
                r = store_commit(store);
        return r;
}

static void *run(void *userdata) {
        Writer *writer = userdata;
        const uint64_t one = 1;

        (void) pthread_mutex_lock(&writer->lock);
        for (;;) {
                int r;

                while (!writer->has_batch && !writer->is_ending)
                        (void) pthread_cond_wait(&writer->changed, &writer->lock);
                if (!writer->has_batch)
                        break;

                (void) pthread_mutex_unlock(&writer->lock);
                r = writer_batch_write(&writer->batch, writer->store);
                (void) pthread_mutex_lock(&writer->lock);
                writer->result = r;
                writer->has_batch = false;
                (void) pthread_cond_broadcast(&writer->changed);
                IGNORE_RESULT(write(writer->done_fd, &one, sizeof(one)) < 0); /* it is not full */
        }

        (void) pthread_mutex_unlock(&writer->lock);
        return NULL;
}

bool writer_is_busy(const Writer *writer) {
        return writer->is_busy;
}

void writer_submit(Writer *writer, WriterBatch *batch) {
        assert(!writer->is_busy);

        writer->is_busy = true;
        (void) pthread_mutex_lock(&writer->lock);
        writer->batch = *batch;
        writer->has_batch = true;
        (void) pthread_cond_broadcast(&writer->changed);
        (void) pthread_mutex_unlock(&writer->lock);
        *batch = (WriterBatch){};
}

int writer_finish(Writer *writer) {
        uint64_t count;
        int r;

        (void) pthread_mutex_lock(&writer->lock);
        while (writer->has_batch)
                (void) pthread_cond_wait(&writer->changed, &writer->lock);
        r = writer->result;
        (void) pthread_mutex_unlock(&writer->lock);

        IGNORE_RESULT(read(writer->done_fd, &count, sizeof(count)) < 0); /* it may be empty */
        writer_batch_done(&writer->batch);
        writer->is_busy = false;
        return r;
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Writer *writer = userdata;
        int r;

        (void) source;
        (void) fd;
        (void) events;
        if (!writer->is_busy)
                return 0;

        r = writer_finish(writer);
        writer->handler(r, writer->userdata);
        return 0;
}

int writer_new(sd_event *event, Store *store, WriterHandler handler, void *userdata, Writer **ret) {
        CLEANUP(writer_freep) Writer *writer = calloc(1, sizeof(Writer));
        int r;

        if (!writer)
                return -ENOMEM;
        writer->handler = handler;
        writer->userdata = userdata;
        writer->lock = (pthread_mutex_t) PTHREAD_MUTEX_INITIALIZER;
        writer->changed = (pthread_cond_t) PTHREAD_COND_INITIALIZER;
        writer->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (writer->done_fd < 0)
                return -errno;

        r = sd_event_add_io(event, &writer->source, writer->done_fd, EPOLLIN, on_done, writer);
        if (r < 0)
                return r;
        writer->store = store;
        r = pthread_create(&writer->thread, NULL, run, writer);
        if (r != 0) {
                writer->store = NULL;
                return -r;
        }

        writer->has_thread = true;
        *ret = TAKE(writer);
        return 0;
}

Writer *writer_free(Writer *writer) {
        if (!writer)
                return NULL;

        if (writer->has_thread) {
                (void) pthread_mutex_lock(&writer->lock);
                writer->is_ending = true;
                (void) pthread_cond_broadcast(&writer->changed);
                (void) pthread_mutex_unlock(&writer->lock);
                (void) pthread_join(writer->thread, NULL);
        }
        writer_batch_done(&writer->batch);
        store_free(writer->store);
        sd_event_source_disable_unref(writer->source);
        (void) fd_close(writer->done_fd);
        free(writer);
        return NULL;
}
