/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the store share, and nobody else knows. */

#include <lmdb.h>

#include "meter/store.h"

struct Store {
        MDB_env *env; /* owned */
        MDB_txn *txn; /* owned: the transaction that is open, or NULL */
        StoreKind kind;

        /* not of STORE_SUBJECTS */
        MDB_dbi counted;
        MDB_dbi waiting;
        MDB_dbi state;
        MDB_dbi activity;

        /* of STORE_SUBJECTS */
        MDB_dbi subjects;
        MDB_dbi suspended; /* their keys once more, and nothing else */
        MDB_txn *finding;  /* owned: for looking up; it rests in between. NULL: not yet */
};

/* Return: 0, STORE_E_DAMAGED, a negative errno. */
WARN_UNUSED int store_from_mdb(int error);
/* Return: 0 to go on, or what the whole is to return. */
typedef int (*StoreEntryHandler)(const MDB_val *key, const MDB_val *value, void *userdata);
/* Each entry. Return: 0, STORE_E_DAMAGED, a negative errno, what the handler returned. */
WARN_UNUSED int store_read_table(
                MDB_txn *txn, MDB_dbi table, StoreEntryHandler handler, void *userdata);
/* Touch all that reading or writing will. The same. */
WARN_UNUSED int store_walk_activity(Store *store);
WARN_UNUSED int store_walk_subjects(Store *store);

/* A call within a transaction has failed: the transaction is gone. Return: a negative errno. */
WARN_UNUSED int store_fail(Store *store, int error);
