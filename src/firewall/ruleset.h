/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The nftables ruleset as text: a pure function of policy and host facts. One table, `inet
 * smtp_restrictions`, never another's; numbers only, no names; one buffer that is applied as one
 * batch, so that there is no instant at which the host is open or half restricted.
 */

#include "firewall/attempts.h"
#include "policy/facts.h"
#include "util/text.h"

#define RULESET_TABLE "smtp_restrictions"

/* Packets counted by the named counters of the table; they live through re-applies. */
typedef struct RulesetCounters {
        uint64_t rejected;   /* new connections refused */
        uint64_t redirected; /* new connections redirected */
        uint64_t observed;   /* new connections that would have been refused or redirected */
        uint64_t cut;        /* packets of old connections reset */
} RulesetCounters;

/*
 * Bring the table, whatever is there, to what the policy wants: declares what may be missing,
 * flushes chains and sets, fills them again. Counters and the per-user attempts live. If the policy
 * is not enabled: removes the table. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int ruleset_render(
                const Policy *policy, const HostFacts *facts, char **ret_text, size_t *ret_size);

/*
 * For a table of another shape (an older version's, or somebody edited a set): delete and create in
 * one batch, with the counters and attempts given. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int ruleset_render_anew(
                const Policy *policy,
                const HostFacts *facts,
                const RulesetCounters *counters,
                const Attempts *attempts,
                char **ret_text,
                size_t *ret_size);

/*
 * Does a table brought to this policy hold an object of this kind ("set", "chain", "counter", ...)
 * and name? `type` is that of a set ("uid", "uid . ipv4_addr"); NULL for other kinds. What is not
 * named here was put there by somebody else or by another version.
 */
bool ruleset_has_object(
                const Policy *policy,
                const HostFacts *facts,
                const char *kind,
                const char *name,
                const char *type);

/* Does the kernel itself put elements into the set of this name and take them out? */
bool ruleset_set_moves(const char *name);

/* May a process with this uid and gid connect to remote `port`? The verdict if not. Shared with
 * Preview and Explain. */
bool ruleset_allows(const HostFacts *facts, uint32_t uid, uint32_t gid);
