/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What Explain is asked, and what it answers. */

#include "policy/exception.h"

/* Which connection is asked about. */
typedef struct ExplainQuestion {
        char *user; /* owned; NULL: .uid, or if that is not set who asks */
        bool uid_set;
        uint32_t uid;
        char interface[16];    /* in place of a user; "": none */
        uint8_t source_family; /* of what is forwarded from there; AF_UNSPEC: not said */
        uint8_t source[16];
        uint8_t family;
        uint8_t address[16];
        uint16_t port;
} ExplainQuestion;

typedef struct ExplainAnswer {
        bool uid_set; /* it is about a user */
        uint32_t uid;
        ExceptionVerdict verdict;
        const char *decision;  /* static */
        char *hint;            /* owned; NULL: none */
        uint64_t exception;    /* its id; 0: none decided */
        uint64_t expires_usec; /* when that ends; 0: never */
} ExplainAnswer;
