/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Rules of others in the running ruleset that judge SMTP by the owner of the connection, as
 * ConfigServer Firewall, panels and their leftovers make them: nftables' own and those of
 * iptables-nft. The kernel shows neither those of iptables-legacy nor what is in sets here.
 */

#include <linux/netlink.h>

#include "util/macro.h"

#define OWNER_RULE_NAME_SIZE 32

typedef struct OwnerRule {
        bool found;
        const char *family;               /* static: "ip", "ip6", "inet"; "" for another one */
        char table[OWNER_RULE_NAME_SIZE]; /* cut; any bytes but NUL */
        char chain[OWNER_RULE_NAME_SIZE];
} OwnerRule;

/* Is this message such a rule, of another table than ours? Pure. */
bool owner_rule_decode(const struct nlmsghdr *message, OwnerRule *ret);

/* The first one there is. Return: 0 or a negative errno. */
WARN_UNUSED int owner_rules_find(OwnerRule *ret);
