/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who the names are on this host: users and groups by NSS, the known MTAs' accounts, Mailman's.
 * Blocks as long as NSS does; the worker thread calls it.
 */

#include "core/accounts.h"
#include "core/last-change.h"
#include "policy/facts.h"

/* An account that a mail transfer agent delivers as. */
typedef struct MtaAccount {
        const char *account;
        const char *mta;
} MtaAccount;

extern const MtaAccount mta_accounts[];
extern const size_t mta_accounts_count;

/*
 * Resolve everything that the policy allows, and whom its exceptions are about. `exim_user` (may be
 * NULL) is what the installed Exim says it delivers as. A name that does not exist: if `known` (may
 * be NULL: all are) lists it, it goes to unknown_users/unknown_groups, else it is an error. A name
 * that cannot be looked up now keeps the number that `before` (may be NULL) has for it. The
 * verdicts of *ret are left at the default. Return: 0, or a negative errno with UnknownName.
 */
WARN_UNUSED int identity_resolve(
                const Policy *policy,
                const Policy *known,
                const char *exim_user,
                const HostFacts *before,
                HostFacts *ret,
                Failure *reterr);

/*
 * The numbers of an exception's subject, into `ids`. `accounts` may be empty for a user; a group
 * needs them for its members. Return: 1; 0 when there is no such user or group; a negative errno
 * with UnknownName when it cannot be looked up now and `before` has no number either.
 */
WARN_UNUSED int identity_resolve_subject(
                const Exception *exception,
                const Accounts *accounts,
                const SubjectIds *before,
                SubjectIds *ids,
                Failure *reterr);
/* Of all of them; who does not exist is left out. */
WARN_UNUSED int identity_resolve_subjects(
                const Exceptions *exceptions,
                const Accounts *accounts,
                const SubjectIds *before,
                SubjectIds *ret,
                Failure *reterr);

/* The user's name, for people and state files: UTF-8, with "?" for what is none. The caller frees;
 * NULL when there is none. */
char *identity_user_name(uint32_t uid);

/* The record of a change that begins now, by whom; its outcome is "done" until it fails. Return: 0
 * or -ENOMEM. */
WARN_UNUSED int identity_begin_change(const char *action, uint32_t uid, LastChange *ret);
