/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * exceptions.json: the exceptions in force, and what the boot loader has to know about their
 * subjects. A file of its own: granting one writes neither the policy nor applied.json, and those
 * do not carry some megabytes of exceptions each time they are written. Pure.
 */

#include "core/applied.h"

#define EXCEPTION_STATE_VERSION  1
#define EXCEPTION_STATE_SIZE_MAX ((size_t) 64 * 1024 * 1024)

typedef struct ExceptionState {
        Exceptions exceptions;
        SubjectIds subjects;
        uint64_t generation;    /* of all that is in force, when this was written */
        LastChange last_change; /* if that was one of exceptions */
} ExceptionState;

void exception_state_done(ExceptionState *state);

/* Into what is in force, in place of those that are there: exceptions and numbers. */
void exception_state_move(ExceptionState *state, Applied *applied);

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int exception_state_to_text(
                const ExceptionState *state, char **ret_text, size_t *ret_size);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int exception_state_from_text(
                const char *text, size_t size, ExceptionState *ret, Failure *reterr);
