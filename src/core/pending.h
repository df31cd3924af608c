/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * pending.json: a change that has begun. Durable before the first rename of the change, removed
 * after its last proof; so at a start it says which of two policies policy.json may be, and whether
 * Exim may still run with other text than its files hold (the reload debt: equal bytes do not show
 * what a daemon has loaded). Pure.
 */

#include "core/last-change.h"
#include "policy/policy.h"
#include "util/digest.h"

#define PENDING_VERSION  1
#define PENDING_SIZE_MAX ((size_t) 64 * 1024)

typedef struct Pending {
        Digest old_digest;     /* of policy.json before; empty: there was none */
        Digest new_digest;     /* after the commit; the same as before if the policy stays */
        bool reload_owed;      /* files that Exim has loaded may have been renamed */
        PortVerdicts verdicts; /* as judged for the new policy: recovery never judges again */
        LastChange change;     /* who asked for it; the outcome is not known yet */
} Pending;

void pending_done(Pending *pending);

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int pending_to_text(const Pending *pending, char **ret_text, size_t *ret_size);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int pending_from_text(const char *text, size_t size, Pending *ret, Failure *reterr);
