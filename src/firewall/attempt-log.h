/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The one place that says how the kernel tells of an attempt and how it is told from others': a
 * netlink group (NFLOG), and a prefix whose last word is the verdict. Bounded in the kernel, so
 * that no flood of connections costs more than so many messages: per user, and in all, as a user
 * may have the ids of a whole range of users.
 */

#define ATTEMPT_LOG_GROUP  25587
#define ATTEMPT_LOG_PREFIX "smtp-restrictions: "
#define ATTEMPT_LOG_SIZE   80 /* bytes of the packet: IPv6 and TCP headers */

#define ATTEMPT_LOG_TEXT_OF(number) #number
#define ATTEMPT_LOG_TEXT(number)    ATTEMPT_LOG_TEXT_OF(number)

/* To stand alone: a rule ends where its set is full or its limit reached. */
#define ATTEMPT_LOG_RULE(verdict)                                                                  \
        "update @lograte { meta skuid limit rate 2/second burst 5 packets }"                       \
        " limit rate 50/second burst 100 packets"                                                  \
        " log prefix \"" ATTEMPT_LOG_PREFIX verdict "\""                                           \
        " group " ATTEMPT_LOG_TEXT(ATTEMPT_LOG_GROUP) " snaplen " ATTEMPT_LOG_TEXT(                \
                        ATTEMPT_LOG_SIZE)
