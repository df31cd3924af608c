/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A thread that takes the kernel's messages of attempts, looks up who it was (NSS may take its
 * time) and how often, and hands that on. It sleeps while nobody tries, and knows nothing else: the
 * two ends meet in a socket pair whose room is bounded, and what does not fit is dropped.
 */

#include "core/attempt-notice.h"

typedef struct AttemptReader AttemptReader;

/* Return: 0; -EBUSY when another program takes the kernel's messages; another negative errno. */
WARN_UNUSED int attempt_reader_new(AttemptReader **ret);
AttemptReader *attempt_reader_free(AttemptReader *reader);
DEFINE_CLEANUP(AttemptReader, attempt_reader_free)

/* To be waited for (EPOLLIN) and read by attempt_reader_take(). */
int attempt_reader_fd(const AttemptReader *reader);

/* Does not wait. Return: 1 and a notice, 0 when there is none, or a negative errno. */
WARN_UNUSED int attempt_reader_take(AttemptReader *reader, AttemptNotice *ret);
