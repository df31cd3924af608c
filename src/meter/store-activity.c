/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meter/store-activity.h"
#include "meter/store-state.h"

typedef struct Reader {
        StoreActivityHandler handler;
        void *userdata;
} Reader;

static int read_entry(const MDB_val *key, const MDB_val *value, void *userdata) {
        const Reader *reader = userdata;
        char name[SUBJECT_NAME_SIZE];
        ActivityRecord record;

        if (activity_decode(key->mv_data,
                            key->mv_size,
                            value->mv_data,
                            value->mv_size,
                            name,
                            &record) < 0)
                return STORE_E_DAMAGED;
        return reader->handler(&record, reader->userdata);
}

int store_read_activity(Store *store, StoreActivityHandler handler, void *userdata) {
        Reader reader = { handler, userdata };
        MDB_txn *txn;
        int r;

        r = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
        if (r != 0)
                return store_from_mdb(r);

        r = store_read_table(txn, store->activity, read_entry, &reader);
        mdb_txn_abort(txn);
        return r;
}

static int ignore(const ActivityRecord *record, void *userdata) {
        (void) record;
        (void) userdata;
        return 0;
}

int store_walk_activity(Store *store) {
        return store_read_activity(store, ignore, NULL);
}

int store_put_activity(
                Store *store,
                const uint8_t key[static ACTIVITY_KEY_SIZE],
                const uint8_t *value,
                size_t value_size) {
        MDB_val key_val = { ACTIVITY_KEY_SIZE, (void *) key };
        MDB_val value_val = { value_size, (void *) value };
        int r;

        if (!store->txn)
                return -EIO;

        r = value ? mdb_put(store->txn, store->activity, &key_val, &value_val, 0)
                  : mdb_del(store->txn, store->activity, &key_val, NULL);
        return r == 0 || r == MDB_NOTFOUND ? 0 : store_fail(store, r);
}
