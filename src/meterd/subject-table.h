/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is set for subjects by name, and its two files: the store, and the list of who is suspended,
 * which Exim reads. A look-up is answered at once. A change goes to the disk in a thread of its
 * own, one after the other, and is told when it is there.
 */

#include <systemd/sd-event.h>

#include "meter/store-subjects.h"

typedef struct SubjectTable SubjectTable;

/* `r`: 0: it is on the disk; -ENOSPC: there are too many, or no room; another negative errno. Then
 * it is not for sure, but asking again changes what is missing. */
typedef void (*SubjectTableDone)(int r, void *userdata);
/* Other settings are in force for it. Called before who asked for that is told. */
typedef void (*SubjectTableChanged)(SubjectKind kind, const char *name, void *userdata);

/* A damaged store is set aside; who was suspended still is. Logs what fails. Return: 0 or a
 * negative errno. */
WARN_UNUSED int subject_table_new(
                sd_event *event,
                const char *state_dir,
                SubjectTableChanged handler,
                void *userdata,
                SubjectTable **ret);
/* What was begun is finished; what waits is told -ECANCELED. */
SubjectTable *subject_table_free(SubjectTable *table);
DEFINE_CLEANUP(SubjectTable, subject_table_free)

/* Return: whether anything is set for it. */
bool subject_table_find(
                SubjectTable *table, SubjectKind kind, const char *name, SubjectSettings *ret);
size_t subject_table_count(SubjectTable *table);
/* For lists. */
Store *subject_table_store(SubjectTable *table);

/* Which settings a change is about; all others stay. */
typedef struct SubjectChange {
        bool limits[_WINDOW_LENGTH_MAX];
        bool smtp_auth;
        bool suspension; /* with since when and by whom */
        SubjectSettings settings;
} SubjectChange;

#define SUBJECT_CHANGES_MAX   64 /* that wait */
#define SUBJECT_SUSPENDED_MAX 10000
#define SUBJECT_TABLE_MAX     2000000

/* Return: 0: `done` will be called; -EBUSY: too many wait; -ENOMEM. */
WARN_UNUSED int subject_table_change(
                SubjectTable *table,
                SubjectKind kind,
                const char *name,
                const SubjectChange *change,
                SubjectTableDone done,
                void *userdata);
