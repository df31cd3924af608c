/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the kernel has counted of attempts: read, put back, forgotten. The reading half is netlink
 * alone and costs what the sets hold; the other two are batches of libnftables.
 */

#include "firewall/firewall.h"

/* All, sorted (attempts_sort()); none where there is no table. Return: 0 or a negative errno. */
WARN_UNUSED int counts_read(Attempts *ret);

/* The attempts of one user so far; 0 when the kernel knows of none. Return: 0 or a negative errno.
 */
WARN_UNUSED int counts_read_user(uint32_t uid, uint64_t *ret_packets);

/* Has firewall_apply() made the table where there was none, since this was asked last? */
bool counts_are_lost(Firewall *firewall);

/*
 * Put into the table's sets what they held before, unless they hold it. To be called right after a
 * table was made; of who is there already the value stays. *generation: that of firewall_apply(),
 * which follows if nobody else has changed anything. Return: 0, or a negative errno with
 * FirewallFailed and nothing done.
 */
WARN_UNUSED int counts_restore(
                Firewall *firewall,
                const Attempts *attempts,
                uint32_t *generation,
                Failure *reterr);

/* Begin anew: of one user, or with NULL of all. Return: 0, or a negative errno with FirewallFailed.
 */
WARN_UNUSED int counts_forget(
                Firewall *firewall, const uint32_t *uid, uint32_t *generation, Failure *reterr);
