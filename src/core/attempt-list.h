/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What ListAttempts answers: users with their destinations, and interfaces from which something is
 * forwarded, the most first. Pure. */

#include "core/attempt-book.h"
#include "smtp-restrictions/smtp-restrictions.h"

#define ATTEMPT_LIST_DESTINATIONS_MAX 20 /* of one user; the rest is a number */

typedef struct AttemptFilter {
        char user[SMTP_RESTRICTIONS_NAME_SIZE_MAX + 1]; /* "": all; a name, or digits */
        uint64_t since_usec;                            /* who has tried since then; 0: all */
        uint32_t most;                                  /* at least 1 */
} AttemptFilter;

typedef struct AttemptDestination {
        char address[46]; /* INET6_ADDRSTRLEN */
        uint16_t port;
        const char *verdict; /* static */
        uint64_t count;
        uint64_t last_usec;
} AttemptDestination;

typedef struct AttemptUser {
        char interface[16];  /* in place of the user; "": none */
        const char *verdict; /* static: of an interface */
        uint32_t uid;
        char *name; /* owned; NULL until somebody has looked it up, or where there is none */
        uint64_t count;
        uint64_t first_usec;
        uint64_t last_usec;
        AttemptDestination *destinations; /* owned; the most first */
        size_t destination_count;
        size_t destinations_known; /* with those that are not among them */
} AttemptUser;

typedef struct AttemptList {
        AttemptUser *users; /* owned */
        size_t count;
} AttemptList;

void attempt_list_done(AttemptList *list);

/* Of what the kernel says (sorted), one user or (NULL) all, as the filter's other parts say.
 * Return: 0 or -ENOMEM. */
WARN_UNUSED int attempt_list_make(
                const Attempts *attempts,
                const AttemptBook *book,
                const uint32_t *uid,
                const AttemptFilter *filter,
                uint64_t now_usec,
                AttemptList *ret);
