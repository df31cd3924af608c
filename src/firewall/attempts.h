/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who tried to connect and may not, as the kernel counts it: per user, and per user and
 * destination; of what is forwarded, which no user owns, per interface. Each set is bounded and
 * forgets by itself; what does not fit is not counted there, and refused all the same. Pure.
 */

#include "util/macro.h"
#include "util/text.h"

#define ATTEMPTS_USERS_MAX        65535
#define ATTEMPTS_DESTINATIONS_MAX 4096 /* of each set */
#define ATTEMPTS_MAX              (ATTEMPTS_USERS_MAX + 8 * ATTEMPTS_DESTINATIONS_MAX)

#define ATTEMPTS_NO_UID UINT32_MAX /* which is nobody's: of what is forwarded */

#define ATTEMPTS_USERS_DAYS        14 /* after the last attempt */
#define ATTEMPTS_DESTINATIONS_DAYS 2
#define MSEC_PER_DAY               ((uint64_t) 24 * 60 * 60 * 1000)

/* A set of the table for each. */
typedef enum AttemptSet {
        ATTEMPTS_USERS, /* all of a user, to wherever */
        ATTEMPTS_REJECT_V4,
        ATTEMPTS_REJECT_V6,
        ATTEMPTS_REDIRECT_V4,
        ATTEMPTS_REDIRECT_V6,
        ATTEMPTS_OBSERVE_V4,
        ATTEMPTS_OBSERVE_V6,
        ATTEMPTS_FORWARD_REJECT, /* by interface */
        ATTEMPTS_FORWARD_OBSERVE,
        _ATTEMPT_SET_MAX,
} AttemptSet;

const char *attempt_set_name(AttemptSet set);
const char *attempt_set_type(AttemptSet set); /* as nftables writes it: "uid . ipv4_addr . ..." */
bool attempt_set_from_name(const char *name, AttemptSet *ret);
/* "reject", "redirect", "observe"; NULL for that of users. */
const char *attempt_set_verdict(AttemptSet set);
bool attempt_set_is_v6(AttemptSet set);
bool attempt_set_is_forwarded(AttemptSet set);
/* The set of a verdict ("reject", ...): that of forwarded packets. */
bool attempt_set_of_forwarded(const char *verdict, AttemptSet *ret);
uint64_t attempt_set_timeout_msec(AttemptSet set);

typedef struct Attempt {
        AttemptSet set;
        uint32_t uid;
        uint8_t address[16]; /* none for ATTEMPTS_USERS; the first four bytes for IPv4; the
                                interface's name, and NULs behind it, of what is forwarded */
        uint16_t port;
        uint64_t packets;
        uint64_t expires_msec; /* until it is forgotten; never 0 */
} Attempt;

typedef struct Attempts {
        Attempt *items; /* owned */
        size_t count;
        size_t allocated;
} Attempts;

void attempts_done(Attempts *attempts);
/* Return: 0, -ENOMEM, -E2BIG above ATTEMPTS_MAX. */
WARN_UNUSED int attempts_append(Attempts *attempts, const Attempt *attempt);
/* By user; of a user the set of users first, then the most first. One of two that are the same
 * goes: the kernel may list an element twice while it enlarges a set. */
void attempts_sort(Attempts *attempts);

void attempts_drop_user(Attempts *attempts, uint32_t uid);

/* nft's words that put these into the sets of the table, with their counters. */
void attempts_append_restore(Text *text, const Attempts *attempts);
/* And that take these out, there or not. */
void attempts_append_removal(Text *text, const Attempts *attempts);
