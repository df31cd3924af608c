/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An explanation in words. Pure. */

#include "firewall/explain.h"

/* What decided: "disabled", "port", "local", "exception", "PortVerdicts", or why somebody is
 * allowed ("root", "mta", "mailman", "AllowedUsers", "AllowedGroups"); of what is forwarded
 * "ForwardedInterfaces", "ForwardedNetworks" or "Forwarded". */
const char *explain_decision(const Explanation *explanation);

/* What to do, and whom to ask; `contact` may be NULL. The caller frees. NULL when there is nothing
 * to be done, with *ret_failed false. */
char *explain_hint(
                const Explanation *explanation,
                uint16_t port,
                const char *contact,
                bool *ret_failed);
