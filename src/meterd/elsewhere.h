/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Addresses of which identd has just said that they are none of this host's, so that a server that
 * sends us much is not asked about for each of its messages.
 *
 * Only this answer may be kept. Whose a connection is must be asked each time: the next user gets
 * the same port. That an address is elsewhere is the same for every connection from it, until the
 * host is given that address; only root can do that, and who connects from it within the second
 * after may be taken for a stranger, if a stranger has sent mail from there just before. His mail
 * counts for the mailbox and the domain that he has logged in as even then. Loopback never comes
 * here, nor do connections of this host that are redirected: their address is the host's own.
 *
 * Strangers choose which addresses are here. They can drive others out, which are asked about then.
 * Pure.
 */

#include <netinet/in.h>

#include "util/now.h"

#define ELSEWHERE_USEC   USEC_PER_SEC /* how long it holds, counted from the question */
#define ELSEWHERE_PLACES 256

/* Begins as {}. */
typedef struct Elsewhere {
        struct {
                char address[INET6_ADDRSTRLEN];
                uint64_t until_usec;
        } places[ELSEWHERE_PLACES];
} Elsewhere;

/* `asked_usec` is when identd was asked, or earlier. */
void elsewhere_add(Elsewhere *elsewhere, const char *address, uint64_t asked_usec);
bool elsewhere_has(const Elsewhere *elsewhere, const char *address, uint64_t now_usec);
