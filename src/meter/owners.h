/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who owns which domain: lines "domain: user" as control panels write them, and the names that
 * users of this host have. A million lines are fine. Pure.
 */

#include "util/macro.h"

#define OWNERS_DOMAIN_MAX ((size_t) 255)
#define OWNERS_SIZE_MAX   ((size_t) 128 * 1024 * 1024) /* of the file */

typedef struct Owners Owners;

/*
 * `text` is handed over and kept (also after a failure it is gone). Lines that say something else
 * are passed over: their number is returned, for who wants to complain. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int owners_from_text(char *text, size_t size, Owners **ret, size_t *ret_unreadable);
Owners *owners_free(Owners *owners);
DEFINE_CLEANUP(Owners, owners_free)

/* `domain` in lower case. A user who is NULL owns nothing. */
bool owners_has(const Owners *owners, const char *domain, const char *user);

typedef struct UserNames UserNames;

/* The text of passwd(5), likewise handed over. */
WARN_UNUSED int user_names_from_text(char *text, size_t size, UserNames **ret);
UserNames *user_names_free(UserNames *users);
DEFINE_CLEANUP(UserNames, user_names_free)

/* Borrowed; NULL if it is nobody. `users` may be NULL. */
const char *user_names_find(const UserNames *users, uint32_t uid);
/* The other way round, by looking through all of them. */
bool user_names_find_uid(const UserNames *users, const char *name, uint32_t *ret);
