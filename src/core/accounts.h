/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Users by name, fast also for 50,000 of them: /etc/passwd is read once and indexed, and only who
 * is not in it is asked of NSS (getpwnam_r() reads the whole file for each name).
 */

#include <sys/types.h>

#include "util/macro.h"

typedef struct Account {
        char *name; /* owned */
        uid_t uid;
        gid_t gid; /* primary group */
} Account;

typedef struct Accounts {
        Account *items; /* owned, sorted by name */
        size_t count;
        size_t allocated;
} Accounts;

void accounts_done(Accounts *accounts);

/* Index /etc/passwd. A file that cannot be read is empty. Return: 0 or -ENOMEM. */
WARN_UNUSED int accounts_read(Accounts *ret);

/* The same of one user alone, which takes a tenth of the time: empty if it is not in the file. */
WARN_UNUSED int accounts_read_user(const char *name, Accounts *ret);

/* Return: 1 and the uid; 0 when there is no such user; a negative errno when NSS cannot say now. */
WARN_UNUSED int accounts_find_user(const Accounts *accounts, const char *name, uid_t *ret);

/* A group and the names of its supplementary members. */
typedef struct GroupEntry {
        gid_t gid;
        char **members; /* owned, NULL-terminated, as is each */
} GroupEntry;

void group_entry_done(GroupEntry *group);

/* Return: 1, 0 when there is no such group, or a negative errno. */
WARN_UNUSED int accounts_find_group(const char *name, GroupEntry *ret);
