/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The chains of the table and their rules. Everything that varies between hosts (ports, users,
 * groups) is the content of sets, so a rule is a constant text; a policy only decides which of them
 * are there. Pure.
 */

#include "policy/facts.h"

typedef enum ChainId {
        CHAIN_OUTPUT,
        CHAIN_REFUSE,
        CHAIN_CUT,
        CHAIN_OBSERVE,
        CHAIN_NAT_OUTPUT,
        CHAIN_NAT_POSTROUTING,
        _CHAIN_MAX,
} ChainId;

/* Which parts of the table a policy needs. */
typedef struct ChainShape {
        bool observe;
        bool redirect;
        bool cut;
} ChainShape;

ChainShape chain_shape(const Policy *policy, const HostFacts *facts);

const char *chain_name(ChainId chain);
/* "type filter hook ..."; NULL for a chain that is reached from another one alone. */
const char *chain_hook(ChainId chain);
/* Ends with NULL. NULL: the chain must not be there. */
const char *const *chain_rules(const ChainShape *shape, ChainId chain);
