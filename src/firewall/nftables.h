/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * libnftables, and what must be known to use it: a buffer holds changes or one `list`, never both
 * (1.0.6 crashes), its errors quote the whole buffer, and it keeps what it has read.
 */

#include "firewall/listing.h"
#include "util/failure.h"

typedef struct nft_ctx Nftables;

/* Always true; in names.c, so that a program that opens libnftables has what that file hides. */
extern const bool names_are_hidden;

/* It holds a socket. Closing that waits until the kernel has destroyed what the last batch removed,
 * about 10 ms, so one is kept for many batches. Return: 0 or -ENOMEM. */
WARN_UNUSED int nftables_open(Nftables **ret);
Nftables *nftables_close(Nftables *nftables);
DEFINE_CLEANUP(Nftables, nftables_close)

/* One batch; `dry_run`: the kernel validates it whole and does not commit. `stage` begins the error
 * text. Return: 0, or a negative errno with FirewallFailed and nothing changed. */
WARN_UNUSED int nftables_change(
                Nftables *nftables,
                const char *stage,
                const char *text,
                bool dry_run,
                Failure *reterr);

typedef enum NftablesDetail {
        NFTABLES_STABLE, /* without what counts */
        NFTABLES_SHAPE,  /* without elements either */
} NftablesDetail;

/* Our table. Not torn (listing_is_torn()). Return: 0, or a negative errno with FirewallFailed
 * (-ENOENT: no such table). */
WARN_UNUSED int nftables_list(
                Nftables *nftables, NftablesDetail detail, Listing *ret, Failure *reterr);

/* FirewallFailed with "nftables: STAGE: " and the first message of libnftables, or the errno's
 * words where it is NULL. Returns `r`. */
int nftables_fail(Failure *reterr, int r, const char *stage, const char *message);
