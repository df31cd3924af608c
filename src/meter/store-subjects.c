/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/store-state.h"
#include "meter/store-subjects.h"

/* Here nobody can set it aside: it is an error like others. */
static int from_read(int error) {
        int r = store_from_mdb(error);

        return r > 0 ? -EIO : r;
}

/* A look at what is there now. */
static int begin_finding(Store *store) {
        return store->finding ? mdb_txn_renew(store->finding)
                              : mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->finding);
}

int store_find_subject(Store *store, SubjectKind kind, const char *name, SubjectSettings *ret) {
        uint8_t bytes[SUBJECT_KEY_MAX];
        MDB_val key = { subject_key_encode(kind, name, bytes), bytes }, value;
        int r;

        if (key.mv_size == 0)
                return -ENOENT;

        r = begin_finding(store);
        if (r != 0)
                return from_read(r);
        r = mdb_get(store->finding, store->subjects, &key, &value);
        if (r == 0)
                r = subject_settings_decode(value.mv_data, value.mv_size, ret);
        else
                r = r == MDB_NOTFOUND ? -ENOENT : from_read(r);
        mdb_txn_reset(store->finding);
        return r;
}

int store_count_subjects(Store *store, size_t *ret) {
        MDB_stat stat;
        MDB_txn *txn;
        int r;

        r = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
        if (r != 0)
                return from_read(r);
        r = mdb_stat(txn, store->subjects, &stat);
        mdb_txn_abort(txn);
        if (r != 0)
                return from_read(r);

        *ret = stat.ms_entries;
        return 0;
}

typedef struct Lister {
        Store *store;
        MDB_txn *txn;
        StoreSubjectHandler handler;
        void *userdata;
} Lister;

static int list_subject(const MDB_val *key, const MDB_val *value, void *userdata) {
        const Lister *lister = userdata;
        char name[SUBJECT_KEY_MAX];
        SubjectSettings settings;
        SubjectKind kind;

        if (subject_key_decode(key->mv_data, key->mv_size, &kind, name) < 0 ||
            subject_settings_decode(value->mv_data, value->mv_size, &settings) < 0)
                return STORE_E_DAMAGED;
        return lister->handler(kind, name, &settings, lister->userdata);
}

static int list_suspended(const MDB_val *key, const MDB_val *value, void *userdata) {
        const Lister *lister = userdata;
        MDB_val copy = *key, settings;
        int r;

        (void) value;
        r = mdb_get(lister->txn, lister->store->subjects, &copy, &settings);
        if (r != 0)
                return r == MDB_NOTFOUND ? STORE_E_DAMAGED : store_from_mdb(r);
        return list_subject(key, &settings, userdata);
}

static int list_behind(MDB_cursor *cursor, const MDB_val *after, Lister *lister) {
        MDB_val key = *after, value;
        MDB_cursor_op op = MDB_SET_RANGE;
        int r;

        for (;;) {
                r = mdb_cursor_get(cursor, &key, &value, op);
                if (r != 0)
                        return r == MDB_NOTFOUND ? 0 : store_from_mdb(r);
                /* it may be gone by now */
                if (op == MDB_NEXT || key.mv_size != after->mv_size ||
                    memcmp(key.mv_data, after->mv_data, key.mv_size) != 0) {
                        r = list_subject(&key, &value, lister);
                        if (r != 0)
                                return r;
                }
                op = MDB_NEXT;
        }
}

int store_list_subjects(
                Store *store,
                SubjectKind after_kind,
                const char *after_name,
                StoreSubjectHandler handler,
                void *userdata) {
        Lister lister = { .store = store, .handler = handler, .userdata = userdata };
        uint8_t bytes[SUBJECT_KEY_MAX];
        MDB_val after = { 0, bytes };
        MDB_cursor *cursor;
        int r;

        if (after_name)
                after.mv_size = subject_key_encode(after_kind, after_name, bytes);

        r = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &lister.txn);
        if (r != 0)
                return store_from_mdb(r);
        if (after.mv_size == 0)
                r = store_read_table(lister.txn, store->subjects, list_subject, &lister);
        else {
                r = store_from_mdb(mdb_cursor_open(lister.txn, store->subjects, &cursor));
                if (r == 0) {
                        r = list_behind(cursor, &after, &lister);
                        mdb_cursor_close(cursor);
                }
        }
        mdb_txn_abort(lister.txn);
        return r;
}

int store_list_suspended(Store *store, StoreSubjectHandler handler, void *userdata) {
        Lister lister = { .store = store, .handler = handler, .userdata = userdata };
        int r;

        r = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &lister.txn);
        if (r != 0)
                return store_from_mdb(r);
        r = store_read_table(lister.txn, store->suspended, list_suspended, &lister);
        mdb_txn_abort(lister.txn);
        return r;
}

static int ignore_subject(
                SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata) {
        (void) kind;
        (void) name;
        (void) settings;
        (void) userdata;
        return 0;
}

int store_walk_subjects(Store *store) {
        int r;

        r = store_list_subjects(store, SUBJECT_DOMAIN, NULL, ignore_subject, NULL);
        return r == 0 ? store_list_suspended(store, ignore_subject, NULL) : r;
}

/* Return: as LMDB. */
static int put_or_remove(Store *store, MDB_dbi table, MDB_val *key, MDB_val *value, bool is_there) {
        int r;

        if (is_there)
                return mdb_put(store->txn, table, key, value, 0);

        r = mdb_del(store->txn, table, key, NULL);
        return r == MDB_NOTFOUND ? 0 : r;
}

int store_put_subject(
                Store *store, SubjectKind kind, const char *name, const SubjectSettings *settings) {
        uint8_t key_bytes[SUBJECT_KEY_MAX], value_bytes[SUBJECT_SETTINGS_VALUE_MAX];
        MDB_val key = { subject_key_encode(kind, name, key_bytes), key_bytes };
        MDB_val value = { subject_settings_encode(settings, value_bytes), value_bytes };
        MDB_val nothing = {};
        int r;

        if (!store->txn)
                return -EIO;
        if (key.mv_size == 0)
                return -ENAMETOOLONG;

        r =
                        put_or_remove(store,
                                      store->subjects,
                                      &key,
                                      &value,
                                      !subject_settings_are_empty(settings));
        if (r == 0)
                r =
                                put_or_remove(store,
                                              store->suspended,
                                              &key,
                                              &nothing,
                                              settings->suspension != SUSPENSION_NONE);
        return r == 0 ? 0 : store_fail(store, r);
}
