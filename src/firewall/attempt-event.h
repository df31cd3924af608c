/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One attempt, as the kernel tells of it (NFLOG): a netlink message with the beginning of the
 * packet in it. The packet is what a user has sent: every length in it is checked. Pure.
 */

#include <linux/netlink.h>

#include "firewall/attempts.h"

typedef struct AttemptEvent {
        AttemptSet set; /* that of destinations in which it was counted: verdict and family */
        uint32_t uid;
        uint8_t address[16]; /* as in Attempt */
        uint16_t port;
} AttemptEvent;

/* The message is whole (mnl_nlmsg_ok()). Return: whether it tells of an attempt. */
bool attempt_event_decode(const struct nlmsghdr *message, AttemptEvent *ret);
