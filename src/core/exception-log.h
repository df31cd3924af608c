/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the journal keeps of exceptions: who granted which, and how it ended. It is the one place
 * that remembers those that are gone.
 */

#include "core/last-change.h"
#include "policy/exceptions.h"

void exception_log_granted(const Exception *exception);
void exception_log_removed(const Exception *exception, const LastChange *by);
/* Those of `before` whose time is over. */
void exception_log_expired(const Exceptions *before, uint64_t now_usec);
