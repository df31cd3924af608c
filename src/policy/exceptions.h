/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The list of exceptions, as one value: copies are cheap, because they share what is in them. Pure;
 * the time is a parameter.
 */

#include <jansson.h>

#include "policy/exception.h"
#include "util/text.h"

typedef struct Exceptions {
        Exception **items; /* a reference each; sorted by id, which is the order of granting */
        size_t count;
        size_t allocated;
        uint64_t last_id; /* that was given to one, be it still there or not */
} Exceptions;

void exceptions_done(Exceptions *exceptions);
WARN_UNUSED int exceptions_copy(const Exceptions *exceptions, Exceptions *ret);

/* NULL if it is not there. */
Exception *exceptions_find(const Exceptions *exceptions, uint64_t id);

/*
 * Append one, which gets its id; the list takes a reference. Expired ones do not count. Return: 0;
 * -EINVAL with InvalidValue: it is expired, or is there already; -ENOSPC with LimitsExceeded;
 * -ENOMEM.
 */
WARN_UNUSED int exceptions_add(
                Exceptions *exceptions, Exception *exception, uint64_t now_usec, Failure *reterr);

/* Return: 0; -ENOENT with NotFound if it is not there, or expired. */
WARN_UNUSED int exceptions_remove(
                Exceptions *exceptions, uint64_t id, uint64_t now_usec, Failure *reterr);

/* Return: how many those were. */
size_t exceptions_drop_expired(Exceptions *exceptions, uint64_t now_usec);
size_t exceptions_count_valid(const Exceptions *exceptions, uint64_t now_usec);

/* Back where it was read from, in the order of ids. Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int exceptions_append_read(
                Exceptions *exceptions, uint64_t id, Exception *exception, Failure *reterr);

/* One as a JSON object, without jansson: of 10,000 it takes a sixth of the time. Return: 0 or
 * -ENOMEM; text_finish() has the last word. */
WARN_UNUSED int exception_append_json(const Exception *exception, Text *text);
/* With its id. Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int exceptions_read_json(Exceptions *exceptions, const json_t *json, Failure *reterr);
