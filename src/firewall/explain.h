/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What becomes of a connection, and what decides it: the kernel's questions asked of the same sets
 * in the same order. Pure.
 */

#include "firewall/ruleset.h"

typedef struct Connection {
        char interface[16]; /* forwarded: where it comes in, and the two below are nobody's; "": it
                               begins here */
        uint8_t source_family; /* forwarded: of .source; AF_UNSPEC: not known, so of no network */
        uint8_t source[16];
        uint32_t uid;
        uint32_t gid;   /* of the socket: the primary group, or that of a set-group-id program */
        uint8_t family; /* AF_INET or AF_INET6; an IPv4 address in IPv6 is IPv4 */
        uint8_t address[16];
        uint16_t port;
        bool local; /* is the address one of this host? */
} Connection;

typedef enum Decider {
        DECIDER_NOT_ENABLED,
        DECIDER_PORT,             /* is not restricted */
        DECIDER_LOCAL,            /* to this host */
        DECIDER_ALLOWED,          /* Explanation.allowed says whom and why; a user */
        DECIDER_GROUP,            /* the same; the socket's group */
        DECIDER_EXCEPTION,        /* Explanation.exception */
        DECIDER_DEFAULT,          /* PortVerdicts */
        DECIDER_EXEMPT_INTERFACE, /* ForwardedInterfaces */
        DECIDER_EXEMPT_NETWORK,   /* ForwardedNetworks */
        DECIDER_FORWARDED,        /* Forwarded */
        _DECIDER_MAX,
} Decider;

typedef struct Explanation {
        ExceptionVerdict verdict;
        ExceptionVerdict unobserved; /* what it would be without Observe, which lets all through */
        Decider decider;
        bool forwarded;
        const AllowedId *allowed; /* borrowed from the facts */
        uint64_t exception;       /* its id */
} Explanation;

/* `plan`: of ruleset_plan(). */
Explanation explain(const RulesetPlan *plan, const Connection *connection, uint64_t now_usec);
