/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The reading half of firewall.h that needs no libnftables: a few questions over netlink, some
 * microseconds each.
 */

#include "firewall/firewall.h"
#include "util/netlink.h"

/* Begin a question that ends with an acknowledgement. */
struct nlmsghdr *state_request(
                NetlinkRequest *request, unsigned subsystem, unsigned message, uint8_t family);

/* As firewall_read_state(), on an open NETLINK_NETFILTER socket. */
WARN_UNUSED int state_read(NetlinkSocket *netlink, FirewallState *ret);

/* That of the state alone: one question instead of six. */
WARN_UNUSED int state_read_generation(NetlinkSocket *netlink, uint32_t *ret);

/* Is the element in its set? Return: 0 or a negative errno. */
WARN_UNUSED int state_has_element(
                NetlinkSocket *netlink, const ExceptionElement *element, bool *ret);
