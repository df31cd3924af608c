/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>

#include "util/failure.h"
#include "util/text.h"

static const char *const code_names[_FAILURE_CODE_MAX] = {
        [FAILURE_UNKNOWN_KEY] = "UnknownKey",
        [FAILURE_INVALID_VALUE] = "InvalidValue",
        [FAILURE_UNKNOWN_NAME] = "UnknownName",
        [FAILURE_NOT_FOUND] = "NotFound",
        [FAILURE_BUSY] = "Busy",
        [FAILURE_CHANGED] = "Changed",
        [FAILURE_POLICY_FILE_CHANGED] = "PolicyFileChanged",
        [FAILURE_FIREWALL_FAILED] = "FirewallFailed",
        [FAILURE_STORAGE_FAILED] = "StorageFailed",
        [FAILURE_NO_EXIM] = "NoExim",
        [FAILURE_EXIM_CONFIG_UNSUPPORTED] = "EximConfigUnsupported",
        [FAILURE_EXIM_CONFIG_INVALID] = "EximConfigInvalid",
        [FAILURE_EXIM_BLOCKED_BY_MACRO] = "EximBlockedByMacro",
        [FAILURE_EXIM_RELOAD_FAILED] = "EximReloadFailed",
        [FAILURE_REDIRECT_NEEDS_MTA] = "RedirectNeedsMta",
        [FAILURE_METER_UNAVAILABLE] = "MeterUnavailable",
        [FAILURE_ROLLBACK_FAILED] = "RollbackFailed",
        [FAILURE_NO_TRIAL] = "NoTrial",
        [FAILURE_LIMITS_EXCEEDED] = "LimitsExceeded",
        [FAILURE_INTERNAL] = "Failed",
};

const char *failure_code_to_string(FailureCode code) {
        assert(code > FAILURE_NONE && code < _FAILURE_CODE_MAX);

        return code_names[code];
}

void failure_done(Failure *failure) {
        if (!failure)
                return;

        free(failure->text);
        *failure = (Failure){};
}

PRINTF_LIKE(1, 0)
static char *format_list(const char *format, va_list arguments) {
        char *text = NULL;

        return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

int failure_set(Failure *failure, int r, FailureCode code, const char *format, ...) {
        va_list arguments;

        assert(r < 0 && code > FAILURE_NONE && code < _FAILURE_CODE_MAX);

        if (!failure || failure_is_set(failure))
                return r;

        va_start(arguments, format);
        *failure = (Failure){ .code = code, .text = format_list(format, arguments) };
        va_end(arguments);

        return r;
}

/* Replace the text by "left SEPARATOR right". Without memory the old text stays: it is the more
 * important part. */
static void failure_join(
                Failure *failure, const char *left, const char *separator, const char *right) {
        char *joined;

        if (!left || !right)
                return;

        joined = string_format("%s%s%s", left, separator, right);
        if (!joined)
                return;

        free(failure->text);
        failure->text = joined;
}

void failure_prefix(Failure *failure, const char *format, ...) {
        CLEANUP(freep) char *words = NULL;
        va_list arguments;

        if (!failure || !failure_is_set(failure))
                return;

        va_start(arguments, format);
        words = format_list(format, arguments);
        va_end(arguments);

        failure_join(failure, words, ": ", failure->text);
}

void failure_append(Failure *failure, const char *format, ...) {
        CLEANUP(freep) char *words = NULL;
        va_list arguments;

        if (!failure || !failure_is_set(failure))
                return;

        va_start(arguments, format);
        words = format_list(format, arguments);
        va_end(arguments);

        failure_join(failure, failure->text, "; ", words);
}

void failure_move(Failure *to, Failure *from) {
        if (!to || to == from)
                return;

        failure_done(to);
        *to = *from;
        *from = (Failure){};
}
