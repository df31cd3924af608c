/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What each test of the firewall begins with: policy, facts, no table in the kernel. */

#include "firewall/firewall.h"
#include "world.h"

/* Policy and facts: root, the MTA and one group may connect. Port 25 redirect, 465 and 587 reject.
 */
typedef struct Setup {
        Firewall *firewall; /* owned */
        Policy policy;
        HostFacts facts;
        Digest digest; /* of the last setup_apply() */
        uint32_t generation;
} Setup;

/* Begins without a table. */
void setup_init(Setup *setup);
void setup_done(Setup *setup);
void setup_reject_all(Setup *setup);
void setup_allow(Setup *setup, uint32_t uid);
/* Asserts that it worked. */
void setup_apply(Setup *setup);
/* Is this Problem what firewall_verify() reports, and no other? */
bool setup_has_problem(Setup *setup, ProblemId id);
bool setup_has_no_problem(Setup *setup);
RulesetCounters setup_counters(void);
