/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * attempts.json: what the kernel has counted, for a kernel that begins anew. Times in it are those
 * of CLOCK_REALTIME, and what is too old when it is read is left out. Pure.
 */

#include "core/attempt-book.h"
#include "util/failure.h"

#define ATTEMPTS_TEXT_VERSION  1
#define ATTEMPTS_TEXT_SIZE_MAX ((size_t) 8 * 1024 * 1024)

/* Of more the most stay. */
#define ATTEMPTS_TEXT_USERS_MAX        10000
#define ATTEMPTS_TEXT_DESTINATIONS_MAX 10000

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int attempts_to_text(
                const Attempts *attempts,
                const AttemptBook *book,
                uint64_t now_usec,
                char **ret_text,
                size_t *ret_size);
/* Sorted. Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int attempts_from_text(
                const char *text,
                size_t size,
                uint64_t now_usec,
                Attempts *ret_attempts,
                AttemptBook *ret_book,
                Failure *reterr);
