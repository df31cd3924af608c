/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A subject as people and programs write it: domain:example.org, mailbox:bob@example.org,
 * user:alice or user:1005. The names of domains and mailboxes are strangers' words and may hold any
 * byte: those that a text cannot have are \xNN, both ways. Pure.
 */

#include "meter/subject.h"
#include "util/failure.h"

typedef struct Subject {
        SubjectKind kind;
        char name[SUBJECT_NAME_SIZE]; /* as subjects_find() names it */
} Subject;

/* "domain", "mailbox", "user". Return: false if it is none of them. */
bool subject_kind_from_string(const char *word, SubjectKind *ret);

/*
 * `users` may be NULL. Return: 0; -EINVAL with InvalidValue, or UnknownName for a user that is not
 * among them and no number.
 */
WARN_UNUSED int subject_from_text(
                const char *text, const UserNames *users, Subject *ret, Failure *reterr);

/* Which subject_from_text() reads again. The caller frees; NULL when out of memory. */
char *subject_to_text(SubjectKind kind, const char *name, const UserNames *users);
