/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a Firewall is, for the files that work on one. */

#include "firewall/firewall.h"
#include "firewall/in-force.h"
#include "firewall/nftables.h"
#include "firewall/state.h"

struct Firewall {
        Nftables *nftables;     /* owned */
        NetlinkSocket *netlink; /* owned */
        InForce in_force;
        bool begun; /* made a table where there was none, and nobody has asked yet */
};

/* Each commit adds one; 0 is never used. */
uint32_t firewall_generation_after(uint32_t generation);

/*
 * The batch that turns what is in force into this policy, as it differs in exceptions alone, and
 * its proof. `dry_run`: is that possible? Return: 0; FIREWALL_E_WHOLE: it is not, or went wrong,
 * and the whole ruleset is to be applied; -ENOMEM.
 */
enum { FIREWALL_E_WHOLE = 1 };

WARN_UNUSED int firewall_apply_delta(
                Firewall *firewall, const Policy *policy, const HostFacts *facts, bool dry_run);
