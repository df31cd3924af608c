/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The questions that the kernel asks about a connection because of exceptions ("does this user's
 * socket go to this /24 on this port, and is it refused there?"), one set for each. Asked in their
 * order, the first set that knows the connection decides; that order is all that there is to
 * precedence. Pure.
 */

#include "policy/exception.h"

typedef enum QuestionSubject {
        QUESTION_GUARD_UID, /* has this uid any exception? Others need not be asked about */
        QUESTION_GUARD_GID,
        QUESTION_UID,              /* user:NAME */
        QUESTION_MEMBER,           /* group:NAME, by uid */
        QUESTION_GID,              /* group:NAME, by the socket's gid */
        QUESTION_INTERFACE,        /* interface:NAME, of forwarded packets */
        QUESTION_EXEMPT_INTERFACE, /* ForwardedInterfaces */
        QUESTION_EXEMPT_NETWORK,   /* ForwardedNetworks, by source address */
        _QUESTION_SUBJECT_MAX,
} QuestionSubject;

/* What one set is asked. */
typedef struct Question {
        QuestionSubject subject;
        uint8_t family; /* of the destination; AF_UNSPEC: any */
        uint8_t prefix; /* bits of it that are compared */
        bool port;      /* is the port compared, too? */
        ExceptionVerdict verdict;
} Question;

#define QUESTION_NAME_MAX 48
#define QUESTION_TEXT_MAX 160
#define QUESTION_RULE_MAX 192

/* Below 0 if `a` is asked first. The one place that says what precedes what. */
int question_compare(const Question *a, const Question *b);
bool question_is_guard(const Question *question);
/* About packets that are forwarded, rather than sent by a user of this host? */
bool question_is_forwarded(const Question *question);
/* By the name of an interface, rather than a number? */
bool question_compares_interface(const Question *question);
bool question_compares_number(const Question *question);
bool question_compares_address(const Question *question);
/* The name of its set, and the set's type: "uid . ipv4_addr . inet_service". */
void question_name(const Question *question, char ret[static QUESTION_NAME_MAX]);
void question_type(const Question *question, char ret[static QUESTION_TEXT_MAX]);
/* The question as a rule's match: "meta skuid . ip daddr & 255.255.255.0 @NAME". `original`: by the
 * destination that the connection had before it was redirected. */
void question_match(const Question *question, bool original, char ret[static QUESTION_TEXT_MAX]);
