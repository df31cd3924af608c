/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The firewall as a resource: render, check, apply, prove. Works whatever state a crash or somebody
 * else left; needs CAP_NET_ADMIN and AF_NETLINK alone. Not thread-safe: each thread has its own.
 */

#include "firewall/ruleset.h"
#include "policy/problem.h"
#include "util/digest.h"
#include "util/failure.h"

typedef struct Firewall Firewall;

WARN_UNUSED int firewall_new(Firewall **ret);
Firewall *firewall_free(Firewall *firewall);
DEFINE_CLEANUP(Firewall, firewall_free)

/* What the kernel says of our table, read over netlink without libnftables: cheap enough for every
 * Status call. */
typedef struct FirewallState {
        bool present;
        bool dormant;        /* somebody set the flag that switches the whole table off */
        uint32_t generation; /* of the ruleset of this network namespace; any change by anybody
                                moves it */
        RulesetCounters counters;
} FirewallState;

WARN_UNUSED int firewall_read_state(FirewallState *ret);

/*
 * Let the kernel validate the batch that firewall_apply() would send, if it would send one, without
 * committing it.
 * Return: 0, or a negative errno with FirewallFailed and the tool's words.
 */
WARN_UNUSED int firewall_check(
                Firewall *firewall, const Policy *policy, const HostFacts *facts, Failure *reterr);

/*
 * Bring the kernel to the policy in one batch, and read it back; or do nothing, if that is what
 * this object did last and nobody has changed any table since; or change the elements of those few
 * exceptions that differ from what it did last. *ret_digest: of what the kernel
 * lists now (with what moves by itself left out), to be compared by firewall_verify(); empty when
 * the policy is not enabled. *ret_generation: the one that the batch made; if the kernel's is
 * another, somebody changed something since. Return: 0, or a negative errno with FirewallFailed;
 * after a failure the kernel holds what it held.
 */
WARN_UNUSED int firewall_apply(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                Digest *ret_digest,
                uint32_t *ret_generation,
                Failure *reterr);

/*
 * firewall_apply() of what was in force before and was damaged by somebody else: without its
 * digest, which is known and costs time. The policy is enabled. Return: as there; -EBUSY when it is
 * damaged as fast as it is repaired.
 */
WARN_UNUSED int firewall_put_back(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                uint32_t *ret_generation,
                Failure *reterr);

/*
 * Does the kernel hold what was applied? Adds a Problem for each thing that is not as it should be
 * (firewall-missing, firewall-dormant, firewall-changed). Return: 0 or a negative errno.
 */
WARN_UNUSED int firewall_verify(
                Firewall *firewall,
                const Policy *policy,
                const HostFacts *facts,
                const Digest *applied,
                Problems *problems);

/*
 * The same from what is known already: the state, and whether somebody `changed` the table since it
 * was applied. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int firewall_find_problems(
                const Policy *policy, const FirewallState *state, bool changed, Problems *problems);

/* Connections open now that the policy would cut. */
typedef struct AffectedConnection {
        uint32_t uid;
        char address[46]; /* INET6_ADDRSTRLEN */
        uint16_t port;
} AffectedConnection;

typedef struct AffectedConnections {
        AffectedConnection *items; /* owned */
        size_t count;
} AffectedConnections;

void affected_connections_done(AffectedConnections *affected);

/* Empty unless the policy is enabled, does not observe, and cuts existing connections. */
WARN_UNUSED int firewall_find_affected(
                const Policy *policy, const HostFacts *facts, AffectedConnections *ret);

/* conntrack entries in use and their maximum, for Problem conntrack-nearly-full; both 0 where
 * conntrack is not there. */
WARN_UNUSED int firewall_read_conntrack(uint64_t *ret_count, uint64_t *ret_max);
