/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * An exception: what happens to the connections of one user, one group or one network interface,
 * rather than what the policy says for everybody; where to, on which ports, until when, and why.
 * Pure. Never changed once it is made, so that many lists can hold the same one.
 */

#include "policy/host.h"
#include "policy/port-verdicts.h"

typedef enum SubjectKind {
        SUBJECT_USER,
        SUBJECT_GROUP,
        SUBJECT_INTERFACE, /* traffic that is forwarded from there */
        _SUBJECT_KIND_MAX,
} SubjectKind;

const char *subject_kind_to_string(SubjectKind kind); /* "user", "group", "interface" */

/* In this order: of two exceptions that differ in this alone the first one counts. */
typedef enum ExceptionVerdict {
        EXCEPTION_REJECT,
        EXCEPTION_REDIRECT,
        EXCEPTION_OBSERVE,
        EXCEPTION_ALLOW,
        _EXCEPTION_VERDICT_MAX,
} ExceptionVerdict;

const char *exception_verdict_to_string(ExceptionVerdict verdict);

typedef struct Exception {
        unsigned references;
        uint64_t id; /* from 1; grows with each one granted, and none is used again */
        SubjectKind kind;
        char *name;                                  /* owned: of the user, group or interface */
        Network destination;                         /* AF_UNSPEC: any */
        uint16_t ports[SMTP_RESTRICTIONS_PORTS_MAX]; /* sorted, unique */
        size_t port_count;                           /* 0: all that are restricted */
        ExceptionVerdict verdict;
        uint64_t expires_usec; /* CLOCK_REALTIME; 0: never */
        char *reason;          /* owned */
        char *granted_by;      /* owned, plain text: the name of the user, or "uid N" */
        uint64_t granted_usec; /* CLOCK_REALTIME */
} Exception;
Exception *exception_ref(Exception *exception); /* by any thread */
Exception *exception_unref(Exception *exception);
DEFINE_CLEANUP(Exception, exception_unref)

/* As somebody writes it. All is borrowed. */
typedef struct ExceptionInput {
        const char *subject;     /* "user:NAME", "group:NAME", "interface:NAME" */
        const char *destination; /* address or network; NULL: any */
        const uint16_t *ports;
        size_t port_count;
        const char *verdict;   /* NULL: allow */
        uint64_t expires_usec; /* 0: never */
        const char *reason;
        const char *granted_by;
        uint64_t granted_usec;
} ExceptionInput;

/*
 * Check and normalize; the result has no id yet. The time is not looked at (exceptions_add() does).
 * Return: 0; -EINVAL with InvalidValue naming the key; -ENOMEM.
 */
WARN_UNUSED int exception_new(const ExceptionInput *input, Exception **ret, Failure *reterr);

/* A subject as above. The name is borrowed from the text. Return: 0, or -EINVAL with InvalidValue.
 */
WARN_UNUSED int subject_parse(
                const char *text, SubjectKind *ret_kind, const char **ret_name, Failure *reterr);

/* Is all the same but verdict, id, time and reason? */
bool exception_key_equal(const Exception *a, const Exception *b);
bool exception_is_expired(const Exception *exception, uint64_t now_usec);
