/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The chains of the table and their rules. Everything that varies between hosts (ports, users,
 * groups, exceptions) is the content of sets, so a rule is a constant text; a policy only decides
 * which of them are there, and exceptions which questions are asked. Pure.
 */

#include "firewall/question.h"
#include "policy/facts.h"

typedef enum ChainId {
        CHAIN_OUTPUT,
        CHAIN_REFUSE,
        CHAIN_CUT,
        CHAIN_OBSERVE,
        CHAIN_NAT_OUTPUT,
        CHAIN_NAT_POSTROUTING,
        CHAIN_FORBID,         /* by an exception */
        CHAIN_EXCEPTIONS,     /* what the exceptions say, asked in `output`, ... */
        CHAIN_NAT_EXCEPTIONS, /* ... `nat_output`, ... */
        CHAIN_NAT_BACK,       /* ... and, of the destination before, `nat_postrouting` */
        CHAIN_DIVERT,         /* redirect */
        CHAIN_DISGUISE,       /* and change the source */
        CHAIN_FORWARD,
        CHAIN_FORWARD_EXCEPTIONS, /* asked there; and whom Forwarded does not concern */
        CHAIN_FORWARD_REFUSE,
        CHAIN_FORWARD_OBSERVE,
        _CHAIN_MAX,
} ChainId;

/* Which parts of the table a policy needs. */
typedef struct ChainShape {
        bool observe;
        bool redirect;
        bool cut;
        bool exceptions;
        bool forward;
        bool forward_reject; /* all that no exception is about */
        bool forward_observe;
} ChainShape;

ChainShape chain_shape(const Policy *policy, const HostFacts *facts);

const char *chain_name(ChainId chain);
/* "type filter hook ..."; NULL for a chain that is reached from another one alone. */
const char *chain_hook(ChainId chain);
bool chain_is_for_exceptions(ChainId chain);
bool chain_is_there(const ChainShape *shape, ChainId chain);

/* Does it hold one rule for each set of exceptions? */
bool chain_asks_exceptions(ChainId chain);
bool chain_asks(ChainId chain, const Question *question);
/* The `i`th rule of the chain that is not about one set of exceptions. NULL behind the last one. */
const char *chain_rule(const ChainShape *shape, ChainId chain, size_t i);
/* The rule that asks one set of exceptions. */
void chain_exception_rule(
                const ChainShape *shape,
                ChainId chain,
                const Question *question,
                char ret[static QUESTION_RULE_MAX]);
