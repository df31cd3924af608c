/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the kernel's connection tracking knows of a connection, as netlink messages (ctnetlink): a
 * question, and the answer to it. Pure.
 */

#include <linux/netlink.h>

#include "util/netlink.h"
#include "util/tcp-connection.h"

/* Ask for the connection that arrived here as this one, whatever it was before NAT. */
void conntrack_ask(const TcpConnection *arrived, NetlinkRequest *ret);

/*
 * The message is whole (mnl_nlmsg_ok()). Return: whether it is about the connection that was asked
 * for; then what that was when its client made it.
 */
bool conntrack_decode(
                const struct nlmsghdr *message,
                const TcpConnection *arrived,
                TcpConnection *ret_original);
