/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A failure that a caller of the service is told: the cause, by the names of the D-Bus contract,
 * and a text for people. It travels as `Failure *reterr` beside a negative errno, and becomes a
 * D-Bus error in one place (bus/bus-error.c).
 */

#include "util/macro.h"

typedef enum FailureCode {
        FAILURE_NONE,
        FAILURE_UNKNOWN_KEY,
        FAILURE_INVALID_VALUE,
        FAILURE_UNKNOWN_NAME,
        FAILURE_NOT_FOUND,
        FAILURE_BUSY,
        FAILURE_CHANGED,
        FAILURE_POLICY_FILE_CHANGED,
        FAILURE_FIREWALL_FAILED,
        FAILURE_STORAGE_FAILED,
        FAILURE_NO_EXIM,
        FAILURE_EXIM_CONFIG_UNSUPPORTED,
        FAILURE_EXIM_CONFIG_INVALID,
        FAILURE_EXIM_BLOCKED_BY_MACRO,
        FAILURE_EXIM_RELOAD_FAILED,
        FAILURE_REDIRECT_NEEDS_MTA,
        FAILURE_METER_UNAVAILABLE,
        FAILURE_ROLLBACK_FAILED,
        FAILURE_NO_TRIAL,
        FAILURE_LIMITS_EXCEEDED,
        FAILURE_INTERNAL, /* out of memory and other surprises; org.freedesktop.DBus.Error.Failed */
        _FAILURE_CODE_MAX,
} FailureCode;

typedef struct Failure {
        FailureCode code;
        char *text; /* owned; may be NULL when out of memory */
} Failure;

void failure_done(Failure *failure);

/*
 * Record a failure, unless the pointer is NULL or holds one already (the first cause is kept).
 * Always returns `r`, which must be a negative errno, so that a function can end with `return
 * failure_set(reterr, -EINVAL, ...)`.
 */
int failure_set(Failure *failure, int r, FailureCode code, const char *format, ...)
                PRINTF_LIKE(4, 5);

/* Put words before the text: "words: text". Does nothing on an empty failure. */
void failure_prefix(Failure *failure, const char *format, ...) PRINTF_LIKE(2, 3);
/* Put words behind the text: "text; words". Does nothing on an empty failure. */
void failure_append(Failure *failure, const char *format, ...) PRINTF_LIKE(2, 3);

/* Hand over: `to` takes what `from` holds, `from` is empty afterwards. */
void failure_move(Failure *to, Failure *from);

/* "UnknownKey", ... as in the names of the contract's errors; "Failed" for what has no name there.
 */
const char *failure_code_to_string(FailureCode code);

static inline bool failure_is_set(const Failure *failure) {
        return failure->code != FAILURE_NONE;
}
