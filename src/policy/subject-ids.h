/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which numbers the users and groups of exceptions have on this host. A part of the host facts
 * (facts.h); kept beside the exceptions, in their file, so that granting one rewrites no other.
 * Pure.
 */

#include <jansson.h>

#include "policy/exceptions.h"

/* Never changed once it is in a list, so that copies of the list share it. */
typedef struct SubjectId {
        unsigned references;
        SubjectKind kind; /* SUBJECT_USER or SUBJECT_GROUP: an interface has no number */
        char *name;       /* owned */
        uint32_t id;
        uint32_t *members; /* owned: uids of a group's members, sorted, unique; the kernel knows the
                              group of a socket alone */
        size_t member_count;
} SubjectId;

/* Sorted by kind and name. Who is not in it has no number: unknown on this host. */
typedef struct SubjectIds {
        SubjectId **items; /* owned, with a reference each */
        size_t count;
        size_t allocated;
} SubjectIds;

void subject_ids_done(SubjectIds *ids);
WARN_UNUSED int subject_ids_copy(const SubjectIds *ids, SubjectIds *ret);
bool subject_ids_equal(const SubjectIds *a, const SubjectIds *b);

/* Insert at its place, or replace the numbers that are there. Takes over `members` (NULL: none),
 * also when it fails; they may be in any order. Return: 0 or -ENOMEM. */
WARN_UNUSED int subject_ids_set(
                SubjectIds *ids,
                SubjectKind kind,
                const char *name,
                uint32_t id,
                uint32_t *members,
                size_t member_count);
/* The same for many: in any order, and twice, until subject_ids_sort(). */
WARN_UNUSED int subject_ids_append(
                SubjectIds *ids,
                SubjectKind kind,
                const char *name,
                uint32_t id,
                uint32_t *members,
                size_t member_count);
void subject_ids_sort(SubjectIds *ids);
/* NULL if it is not there. */
const SubjectId *subject_ids_find(const SubjectIds *ids, SubjectKind kind, const char *name);
/* Nothing happens if it is not there. */
void subject_ids_remove(SubjectIds *ids, SubjectKind kind, const char *name);

/* An array of [kind, name, id, [members]]. text_finish() says whether there was memory. */
void subject_ids_append_json(const SubjectIds *ids, Text *text);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int subject_ids_from_json(const json_t *json, SubjectIds *ret, Failure *reterr);
