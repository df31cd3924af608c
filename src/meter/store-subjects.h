/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The store of what is set for subjects. It is not read into memory: looking one up takes about a
 * microsecond. All of reading may be done while another thread is in a transaction.
 */

#include "meter/store.h"
#include "meter/subject-settings.h"

/* For one thread; all others may run beside it. Return: 0; -ENOENT: nothing is set for it; another
 * negative errno. */
WARN_UNUSED int store_find_subject(
                Store *store, SubjectKind kind, const char *name, SubjectSettings *ret);
WARN_UNUSED int store_count_subjects(Store *store, size_t *ret);

/* Return: 0 to go on, or what the whole is to return. */
typedef int (*StoreSubjectHandler)(
                SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata);
/* In order of kind and name, those behind `after_name` of that kind; NULL: from the beginning.
 * Return: 0, STORE_E_DAMAGED, a negative errno, what the handler returned. */
WARN_UNUSED int store_list_subjects(
                Store *store,
                SubjectKind after_kind,
                const char *after_name,
                StoreSubjectHandler handler,
                void *userdata);
/* Those that are suspended. The same. */
WARN_UNUSED int store_list_suspended(Store *store, StoreSubjectHandler handler, void *userdata);

/* In a transaction (meter/store.h). Settings that are empty remove it. Return: 0; -ENAMETOOLONG,
 * after which the transaction goes on; another negative errno. */
WARN_UNUSED int store_put_subject(
                Store *store, SubjectKind kind, const char *name, const SubjectSettings *settings);
