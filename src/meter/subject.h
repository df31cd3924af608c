/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * For whom a message counts: a domain, a mailbox (an AUTH id), a local user (the kernel's uid), all
 * that apply. Nobody can make a message count for somebody else: an AUTH id was proven by a
 * password, a uid is the kernel's word, and the sender's domain, which is a mere claim, counts only
 * where who sent it owns that domain, or where nobody has said who owns which. Pure.
 */

#include "meter/owners.h"

typedef enum SubjectKind {
        SUBJECT_DOMAIN,
        SUBJECT_MAILBOX,
        SUBJECT_USER,
        _SUBJECT_KIND_MAX,
} SubjectKind;

#define SUBJECT_NAME_MAX  1024
#define SUBJECT_NAME_SIZE (SUBJECT_NAME_MAX + 1)

/* "domain", "mailbox", "user". */
const char *subject_kind_to_string(SubjectKind kind);

/* Empty: none of that kind. The user's name is his uid, in decimal: a name may change, and to look
 * it up can take its time. */
typedef struct Subjects {
        char names[_SUBJECT_KIND_MAX][SUBJECT_NAME_SIZE];
} Subjects;

/* Who gave a message to Exim. */
typedef struct Origin {
        const char *sender; /* any bytes; empty for a bounce */
        size_t sender_size;
        const char *auth_id; /* any bytes; empty: without AUTH. Of a local process Exim gives the
                                login name here, which is not to be passed */
        size_t auth_id_size;
        bool has_uid; /* false: comes from elsewhere */
        uint32_t uid;
        bool is_from_here; /* of this host, but nobody knows whose any more: the sender's domain
                              counts as claimed */
} Origin;

/* `owners` is NULL where nobody has said who owns what: domains count as claimed. */
void subjects_find(
                const Origin *origin, const Owners *owners, const UserNames *users, Subjects *ret);

bool subjects_are_empty(const Subjects *subjects);
