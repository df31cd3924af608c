/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is in force, as one value: made by the worker at the end of each job, read by the bus. Holds
 * no lock and is never changed once it is published.
 */

#include "core/last-change.h"
#include "core/trial.h"
#include "exim/exim.h"
#include "firewall/firewall.h"
#include "policy/facts.h"
#include "policy/policy-change.h"
#include "policy/problem.h"

typedef struct Mta {
        char *name;      /* owned: "Exim", "Postfix", ... */
        char *version;   /* owned; NULL when not asked */
        uint16_t *ports; /* owned: where it listens */
        size_t port_count;
} Mta;

typedef struct Snapshot {
        Policy policy; /* in force */
        HostFacts facts;
        uint64_t generation; /* of the policy: grows by one with each change */
        EximLayout exim_layout;
        char *exim_config;     /* owned; NULL without Exim */
        StringList exim_files; /* to be watched */
        bool exim_waits;       /* for what a change had to do without */
        Digest meter_digest;   /* of meter.json, if it shall be there and is known */
        bool meter_digest_set;
        Mta *mtas; /* owned */
        size_t mta_count;
        Problems problems; /* found by the last job; the kernel's own are added by
                              snapshot_read_kernel() */
        LastChange last_change;
        bool trial_set; /* a change is on trial */
        TrialInfo trial;
        PolicyChange trial_change; /* what it changed */
} Snapshot;

WARN_UNUSED int snapshot_new(Snapshot **ret);
Snapshot *snapshot_free(Snapshot *snapshot);
DEFINE_CLEANUP(Snapshot, snapshot_free)
