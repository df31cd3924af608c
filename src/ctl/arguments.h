/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * KEY=VALUE as people type it: Observe=yes, AllowedUsers=alice,bob, AllowedUsers+=carol,
 * PortVerdicts=25:redirect,465:reject, SmtpAcceptMax=50. Only the form is judged here; bounds,
 * names and unknown keys are the service's business, which then says so in its own words. Pure.
 */

#include <jansson.h>

#include "util/failure.h"

typedef enum ValueType {
        VALUE_BOOLEAN, /* b,     JSON true or false */
        VALUE_NUMBER,  /* u,     JSON integer */
        VALUE_SIZE,    /* t,     JSON integer */
        VALUE_STRING,  /* s,     JSON string */
        VALUE_NAMES,   /* as,    JSON array of strings */
        VALUE_PORTS,   /* a{qs}, JSON object, port as text to verdict */
} ValueType;

typedef enum Operation {
        OPERATION_SET,    /* = */
        OPERATION_ADD,    /* += */
        OPERATION_REMOVE, /* -= */
} Operation;

typedef struct Argument {
        char *key;     /* owned; without "MailLimits." */
        bool is_limit; /* belongs into MailLimits */
        ValueType type;
        Operation operation;
        json_t *value; /* owned; of OPERATION_REMOVE of VALUE_PORTS: verdicts are null */
} Argument;

typedef struct Change {
        Argument *items; /* owned */
        size_t count;
} Change;

typedef enum ArgumentScope {
        ARGUMENT_POLICY, /* keys of a policy; limits by their name or as MailLimits.NAME */
        ARGUMENT_LIMITS, /* keys of MailLimits */
} ArgumentScope;

/* Not of the form KEY=VALUE, or a key is set twice: wrong use, as opposed to a wrong value. */
enum { CHANGE_E_USAGE = 1 };

void change_done(Change *change);

/* The type of a key that this program knows. Return: 0 or -ENOENT. */
WARN_UNUSED int argument_find_type(const char *key, bool is_limit, ValueType *ret);

/* The keys that this program knows, one by one; NULL behind the last. */
const char *argument_key_at(size_t index, ValueType *ret_type, bool *ret_is_limit);

/* Return: 0; CHANGE_E_USAGE or -EINVAL, both with a text in *reterr; -ENOMEM. */
WARN_UNUSED int change_parse(
                const char *const words[],
                size_t count,
                ArgumentScope scope,
                Change *ret,
                Failure *reterr);
