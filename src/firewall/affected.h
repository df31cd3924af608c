/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which open connections the rules would cut: those that a user who may not connect made to a
 * restricted port of another host. Judged from the list of sockets, which tells the owner but not
 * his group, so a connection that a group would save is listed too. Pure.
 */

#include <ifaddrs.h>

#include "firewall/firewall.h"
#include "firewall/ruleset.h"
#include "util/socket-list.h"

/* `addresses`: this host's. Return: 0 or -ENOMEM. */
WARN_UNUSED int affected_connections_find(
                const RulesetPlan *plan,
                const SocketList *listening,
                const SocketList *connected,
                const struct ifaddrs *addresses,
                uint64_t now_usec,
                AffectedConnections *ret);
