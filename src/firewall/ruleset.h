/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The nftables ruleset as text: a pure function of policy and host facts. One table, `inet
 * smtp_restrictions`, never another's; numbers only, no names; one buffer that is applied as one
 * batch, so that there is no instant at which the host is open or half restricted.
 */

#include "firewall/attempts.h"
#include "firewall/chains.h"
#include "firewall/exception-sets.h"
#include "util/text.h"

#define RULESET_TABLE "smtp_restrictions"

/* Packets counted by the named counters of the table; they live through re-applies. */
typedef struct RulesetCounters {
        uint64_t rejected;   /* new connections refused */
        uint64_t redirected; /* new connections redirected */
        uint64_t observed;   /* new connections that would have been refused or redirected */
        uint64_t cut;        /* packets of old connections reset */
} RulesetCounters;

/* What policy and facts come to. */
typedef struct RulesetPlan {
        const Policy *policy;         /* borrowed */
        const HostFacts *facts;       /* borrowed */
        ExceptionElements exceptions; /* owned; expired ones, too */
        ChainShape shape;
} RulesetPlan;

/* Return: 0; -ENOMEM; -E2BIG: more exceptions' elements than EXCEPTION_ELEMENTS_MAX. */
WARN_UNUSED int ruleset_plan(const Policy *policy, const HostFacts *facts, RulesetPlan *ret);
/* All but the exceptions, which is what takes time. The shape is the same. */
RulesetPlan ruleset_plan_unexcepted(const Policy *policy, const HostFacts *facts);
void ruleset_plan_done(RulesetPlan *plan);

/*
 * Bring the table, whatever is there, to what the plan wants: declares what may be missing, flushes
 * chains and sets, fills them again. Counters and the per-user attempts live. If the policy is not
 * enabled: removes the table. Sets of exceptions that are wanted no more are left (listing.h finds
 * them). Elements get the time that their exceptions have left at `now_usec` (CLOCK_REALTIME);
 * nothing else depends on it. UINT64_MAX: no exception's element. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int ruleset_render(
                const RulesetPlan *plan, uint64_t now_usec, char **ret_text, size_t *ret_size);

/*
 * For a table of another shape (an older version's, or somebody edited a set): delete and create in
 * one batch, with the counters and attempts given. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int ruleset_render_anew(
                const RulesetPlan *plan,
                uint64_t now_usec,
                const RulesetCounters *counters,
                const Attempts *attempts,
                char **ret_text,
                size_t *ret_size);

/*
 * Does a table brought to this plan hold an object of this kind ("set", "chain", "counter", ...)
 * and name? `type` is that of a set ("uid", "uid . inet_service"); NULL for other kinds. What is
 * not named here was put there by somebody else or by another version.
 */
bool ruleset_has_object(
                const RulesetPlan *plan, const char *kind, const char *name, const char *type);

/* Does the kernel itself put elements into the set of this name and take them out? */
bool ruleset_set_moves(const char *name);

/* Is it the name of a set of exceptions? */
bool ruleset_is_exception_set(const RulesetPlan *plan, const char *name);

/* May nobody's exception stop this one? Root, the MTAs, Mailman. */
bool ruleset_is_always_allowed(const AllowedId *id);
