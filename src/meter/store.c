/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "meter/store-state.h"

/* Addresses, not memory: the file is as large as what is in it. A transaction has to find room. */
#define MAP_ROOM ((size_t) (sizeof(void *) > 4 ? 1024 : 64) * 1024 * 1024)

#define TABLES_MAX     4
#define SUBJECT_TABLES ((size_t) 2) /* of a store of subjects; the first ones */

#define FREE_LIST 0 /* the first table of each environment, LMDB's own */

static const char *const place_keys[_STORE_PLACE_KIND_MAX] = {
        [STORE_PLACE_READ] = "place",
        [STORE_PLACE_HOUR] = "hour",
};

/* LMDB's own errors are far below 0, those of the system above it. */
int store_from_mdb(int error) {
        if (error == 0)
                return 0;
        if (error > 0)
                return -error;
        return error == MDB_MAP_FULL ? -ENOSPC : STORE_E_DAMAGED;
}

/* In a transaction there is nobody to tell that it is damaged: it is an error like others. */
static int from_write(int error) {
        int r = store_from_mdb(error);

        return r > 0 ? -EIO : r;
}

Store *store_free(Store *store) {
        if (!store)
                return NULL;

        if (store->txn)
                mdb_txn_abort(store->txn);
        if (store->finding)
                mdb_txn_abort(store->finding);
        if (store->env)
                mdb_env_close(store->env);
        free(store);
        return NULL;
}

static int open_tables(Store *store) {
        const struct {
                const char *name;
                MDB_dbi *ret;
        } all[] = {
                { "subjects", &store->subjects }, { "suspended", &store->suspended },
                { "counted", &store->counted },   { "waiting", &store->waiting },
                { "state", &store->state },       { "activity", &store->activity },
        }, *tables = store->kind == STORE_SUBJECTS ? all : all + SUBJECT_TABLES;
        size_t count = store->kind == STORE_SUBJECTS ? SUBJECT_TABLES
                                                     : ELEMENTS_OF(all) - SUBJECT_TABLES;
        MDB_txn *txn;
        int r;

        r = mdb_txn_begin(store->env, NULL, 0, &txn);
        if (r != 0)
                return r;

        for (size_t i = 0; r == 0 && i < count; i++)
                r = mdb_dbi_open(txn, tables[i].name, MDB_CREATE, tables[i].ret);
        if (r == 0)
                return mdb_txn_commit(txn);

        mdb_txn_abort(txn);
        return r;
}

/* Room for a transaction, before it begins. Nobody may be reading meanwhile. */
static int make_room(Store *store) {
        MDB_envinfo info;
        MDB_stat stat;
        size_t used;
        int r;

        r = mdb_env_info(store->env, &info);
        if (r == 0)
                r = mdb_env_stat(store->env, &stat);
        if (r != 0)
                return r;

        used = (info.me_last_pgno + 1) * stat.ms_psize;
        if (used + MAP_ROOM / 2 <= info.me_mapsize)
                return 0;
        return mdb_env_set_mapsize(store->env, (used / MAP_ROOM + 2) * MAP_ROOM);
}

static int open_environment(Store *store, const char *directory) {
        unsigned flags = MDB_NOTLS | (store->kind == STORE_OPEN ? MDB_NOSYNC | MDB_NOMETASYNC : 0U);
        int dead, r;

        r = mdb_env_create(&store->env);
        if (r == 0)
                r = mdb_env_set_maxdbs(store->env, TABLES_MAX);
        if (r == 0)
                r = mdb_env_set_mapsize(store->env, MAP_ROOM);
        if (r == 0)
                r = mdb_env_open(store->env, directory, flags, 0600);
        /* what a process that was killed has left would keep old pages from being used again */
        if (r == 0)
                r = mdb_reader_check(store->env, &dead);
        if (r == 0)
                r = make_room(store);
        return r;
}

int store_open(const char *directory, StoreKind kind, Store **ret) {
        CLEANUP(store_freep) Store *store = NULL;
        int r;

        assert(directory && ret);

        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
                return -errno;

        store = calloc(1, sizeof(*store));
        if (!store)
                return -ENOMEM;
        store->kind = kind;

        r = open_environment(store, directory);
        if (r == EIO) /* it is shorter than it says */
                return STORE_E_DAMAGED;
        if (r == 0)
                r = open_tables(store);
        r = store_from_mdb(r);
        if (r != 0)
                return r;

        *ret = TAKE(store);
        return 0;
}

int store_read_table(MDB_txn *txn, MDB_dbi table, StoreEntryHandler handler, void *userdata) {
        MDB_cursor *cursor;
        MDB_val key, value;
        int r;

        r = mdb_cursor_open(txn, table, &cursor);
        if (r != 0)
                return store_from_mdb(r);

        for (;;) {
                int q;

                r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
                if (r != 0)
                        break;
                q = handler(&key, &value, userdata);
                if (q != 0) {
                        mdb_cursor_close(cursor);
                        return q;
                }
        }

        mdb_cursor_close(cursor);
        return r == MDB_NOTFOUND ? 0 : store_from_mdb(r);
}

typedef struct RecordReader {
        StoreHandler handler;
        void *userdata;
} RecordReader;

static int read_record(const MDB_val *key, const MDB_val *value, void *userdata) {
        const RecordReader *reader = userdata;
        MeterRecord record;

        if (record_decode(key->mv_data, key->mv_size, value->mv_data, value->mv_size, &record) < 0)
                return STORE_E_DAMAGED;
        return reader->handler(&record, reader->userdata);
}

int store_read(Store *store, StoreHandler handler, void *userdata) {
        RecordReader reader = { handler, userdata };
        MDB_txn *txn;
        int r;

        r = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
        if (r != 0)
                return store_from_mdb(r);

        r = store_read_table(txn, store->counted, read_record, &reader);
        if (r == 0)
                r = store_read_table(txn, store->waiting, read_record, &reader);
        mdb_txn_abort(txn);
        return r;
}

/* With its NUL. */
static MDB_val key_of_place(StorePlaceKind kind) {
        return (MDB_val){ strlen(place_keys[kind]) + 1, (void *) place_keys[kind] };
}

int store_read_place(Store *store, StorePlaceKind kind, StorePlace *ret) {
        MDB_val key = key_of_place(kind), value;
        StorePlace place = {};
        MDB_txn *txn;
        int r;

        r = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
        if (r != 0)
                return store_from_mdb(r);

        r = mdb_get(txn, store->state, &key, &value);
        if (r == 0 && value.mv_size != sizeof(place))
                r = MDB_CORRUPTED;
        if (r == 0)
                memcpy(&place, value.mv_data, sizeof(place));
        mdb_txn_abort(txn);
        if (r != 0 && r != MDB_NOTFOUND)
                return store_from_mdb(r);

        *ret = place;
        return 0;
}

static int ignore_record(const MeterRecord *record, void *userdata) {
        (void) record;
        (void) userdata;
        return 0;
}

static int ignore_entry(const MDB_val *key, const MDB_val *value, void *userdata) {
        (void) key;
        (void) value;
        (void) userdata;
        return 0;
}

static int walk_counts(Store *store) {
        StorePlace place;
        int r;

        r = store_read(store, ignore_record, NULL);
        if (r == 0)
                r = store_walk_activity(store);
        return r == 0 ? store_read_place(store, STORE_PLACE_READ, &place) : r;
}

int store_walk(Store *store) {
        MDB_txn *txn;
        int r;

        r = store->kind == STORE_SUBJECTS ? store_walk_subjects(store) : walk_counts(store);
        if (r != 0)
                return r;

        r = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
        if (r != 0)
                return store_from_mdb(r);
        r = store_read_table(txn, FREE_LIST, ignore_entry, NULL);
        mdb_txn_abort(txn);
        return r;
}

int store_fail(Store *store, int error) {
        if (store->txn)
                mdb_txn_abort(store->txn);
        store->txn = NULL;
        return from_write(error);
}

int store_begin(Store *store) {
        int r;

        assert(!store->txn);

        /* subjects are looked up at the same time: what there was at the start has to do */
        r = store->kind == STORE_SUBJECTS ? 0 : make_room(store);
        if (r == 0)
                r = mdb_txn_begin(store->env, NULL, 0, &store->txn);
        return from_write(r);
}

static int put(Store *store, MDB_dbi table, const MeterRecord *record, uint32_t order_sec) {
        uint8_t key_bytes[RECORD_KEY_MAX], value_bytes[RECORD_VALUE_MAX];
        MDB_val key = { record_encode_key(record, order_sec, key_bytes), key_bytes };
        MDB_val value = { record_encode_value(record, value_bytes), value_bytes };
        int r;

        if (!store->txn)
                return -EIO;

        r = mdb_put(store->txn, table, &key, &value, 0);
        return r == 0 ? 0 : store_fail(store, r);
}

/* An open record is found by its id alone. */
static uint32_t order_of(const Store *store, const MeterRecord *record) {
        return store->kind == STORE_OPEN ? 0 : record->time_sec;
}

int store_put_counted(Store *store, const MeterRecord *record) {
        return put(store, store->counted, record, record->time_sec);
}

int store_put_waiting(Store *store, const MeterRecord *record) {
        return put(store, store->waiting, record, order_of(store, record));
}

int store_remove_waiting(Store *store, const MeterRecord *record) {
        uint8_t key_bytes[RECORD_KEY_MAX];
        MDB_val key = { record_encode_key(record, order_of(store, record), key_bytes), key_bytes };
        int r;

        if (!store->txn)
                return -EIO;

        r = mdb_del(store->txn, store->waiting, &key, NULL);
        return r == 0 || r == MDB_NOTFOUND ? 0 : store_fail(store, r);
}

int store_put_place(Store *store, StorePlaceKind kind, const StorePlace *place) {
        StorePlace copy;
        MDB_val key = key_of_place(kind);
        MDB_val value = { sizeof(copy), &copy };
        int r;

        if (!store->txn)
                return -EIO;

        /* its padding is written too */
        memset(&copy, 0, sizeof(copy));
        copy.log.inode = place->log.inode;
        copy.log.offset = place->log.offset;
        copy.log.mark = place->log.mark;
        copy.last_line_sec = place->last_line_sec;
        copy.is_set = place->is_set;
        r = mdb_put(store->txn, store->state, &key, &value, 0);
        return r == 0 ? 0 : store_fail(store, r);
}

int store_expire(Store *store, uint32_t before_sec, size_t count_max) {
        const MeterRecord limit = {};
        uint8_t limit_bytes[RECORD_KEY_MAX];
        size_t limit_size = record_encode_key(&limit, before_sec, limit_bytes);
        MDB_cursor *cursor;
        MDB_val key, value;
        int r;

        if (!store->txn)
                return -EIO;

        r = mdb_cursor_open(store->txn, store->counted, &cursor);
        if (r != 0)
                return store_fail(store, r);

        for (size_t i = 0; i < count_max; i++) {
                r = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
                if (r != 0 || key.mv_size < limit_size ||
                    memcmp(key.mv_data, limit_bytes, limit_size) >= 0)
                        break;
                r = mdb_cursor_del(cursor, 0);
                if (r != 0)
                        break;
        }

        mdb_cursor_close(cursor);
        return r == 0 || r == MDB_NOTFOUND ? 0 : store_fail(store, r);
}

int store_commit(Store *store) {
        int r;

        if (!store->txn)
                return -EIO;

        r = mdb_txn_commit(store->txn);
        store->txn = NULL;
        return from_write(r);
}
