/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Exceptions in messages: arguments in, answers out. As codec-read.h has it: checked before
 * anything is asked or done, and without a look at those in force.
 */

#include <systemd/sd-bus.h>

#include "core/job.h"

/* a{sv}: the exception to be granted. Return: 0; -EINVAL with the cause; another negative errno. */
WARN_UNUSED int codec_read_exception(sd_bus_message *m, JobRequest *request, Failure *reterr);

/* s: the id of one. Return: -ENOENT with NotFound for what cannot be one. */
WARN_UNUSED int codec_read_exception_id(sd_bus_message *m, JobRequest *request, Failure *reterr);

typedef struct ExceptionFilter {
        const char *name; /* of the subject, borrowed from the message; NULL: all */
        SubjectKind kind;
        bool since_set;
        uint64_t since_usec; /* granted then or later */
        uint32_t most;       /* entries of one answer */
        uint64_t after;      /* the id that ended the page before; 0: none */
} ExceptionFilter;

/* a{sv}: Subject s, Since t, Most u, After s. */
WARN_UNUSED int codec_read_exception_filter(
                sd_bus_message *m, ExceptionFilter *ret, Failure *reterr);

/* aa{sv}: those that are not over. Return: 0 or a negative errno. */
WARN_UNUSED int codec_append_exceptions(
                sd_bus_message *m,
                const Exceptions *exceptions,
                const ExceptionFilter *filter,
                uint64_t now_usec);
