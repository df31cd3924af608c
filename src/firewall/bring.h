/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A whole ruleset into the kernel, and the proof that it is there. */

#include "firewall/handle.h"

/* What is to be brought into the kernel, and how. */
typedef struct FirewallChange {
        const RulesetPlan *plan;
        const char *stage; /* for error texts */
        bool dry_run;
        bool digest; /* of what the kernel lists then */
} FirewallChange;

/* What is there afterwards. */
typedef struct FirewallProof {
        bool ours;        /* nothing in the table but what the policy makes */
        bool undisturbed; /* nobody else committed since before our batch */
        Digest digest;
        uint32_t generation; /* that our batch made */
} FirewallProof;

/*
 * In place; or anew where that fails because what is there has another shape (File exists, and
 * whatever else an older or foreign table brings about) or `anew` says so. *ret_before: the state
 * right before the batch. Return: 0, or a negative errno with FirewallFailed.
 */
WARN_UNUSED int firewall_bring(
                Firewall *firewall,
                const FirewallChange *change,
                bool anew,
                FirewallState *ret_before,
                Failure *reterr);

/* Until it is proven, within bounds. Return: as firewall_bring(); -EBUSY: somebody else changes the
 * table as fast as we. */
WARN_UNUSED int firewall_bring_and_prove(
                Firewall *firewall,
                const FirewallChange *change,
                FirewallProof *ret,
                Failure *reterr);

/* Digest of what the table lists now, brought to the plan; NULL: it is not asked for. Return: 0, or
 * a negative errno with FirewallFailed (-ENOENT: no such table). */
WARN_UNUSED int firewall_digest(
                Firewall *firewall,
                const RulesetPlan *plan,
                bool *ret_ours,
                Digest *ret,
                Failure *reterr);
