/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Since when users try: the one thing about their attempts that the kernel does not remember. Pure.
 */

#include "firewall/attempts.h"

typedef struct BookEntry {
        uint32_t uid;
        uint64_t first_usec; /* CLOCK_REALTIME */
} BookEntry;

typedef struct AttemptBook {
        BookEntry *items; /* owned; by uid */
        size_t count;
        size_t allocated;
} AttemptBook;

void attempt_book_done(AttemptBook *book);

/* Of a user who is in it already the earlier time stays. Return: 0, -ENOMEM, -E2BIG above
 * ATTEMPTS_USERS_MAX. */
WARN_UNUSED int attempt_book_note(AttemptBook *book, uint32_t uid, uint64_t first_usec);

/* 0: not in it. */
uint64_t attempt_book_find(const AttemptBook *book, uint32_t uid);

/* When the kernel saw the last attempt. */
uint64_t attempt_last_usec(const Attempt *attempt, uint64_t now_usec);

/*
 * Bring it to what the kernel counts now (sorted): whom that has forgotten is forgotten here too;
 * who is new there began with the last attempt, as far as anybody knows. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int attempt_book_follow(AttemptBook *book, const Attempts *attempts, uint64_t now_usec);
