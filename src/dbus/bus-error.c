/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "dbus/bus-error.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/utf8.h"

/* clang-format off */
static const char *const names[_FAILURE_CODE_MAX] = {
        [FAILURE_NONE]                    = SD_BUS_ERROR_FAILED,
        [FAILURE_UNKNOWN_KEY]             = SMTP_RESTRICTIONS_ERROR_UNKNOWN_KEY,
        [FAILURE_INVALID_VALUE]           = SMTP_RESTRICTIONS_ERROR_INVALID_VALUE,
        [FAILURE_UNKNOWN_NAME]            = SMTP_RESTRICTIONS_ERROR_UNKNOWN_NAME,
        [FAILURE_NOT_FOUND]               = SMTP_RESTRICTIONS_ERROR_NOT_FOUND,
        [FAILURE_BUSY]                    = SMTP_RESTRICTIONS_ERROR_BUSY,
        [FAILURE_CHANGED]                 = SMTP_RESTRICTIONS_ERROR_CHANGED,
        [FAILURE_POLICY_FILE_CHANGED]     = SMTP_RESTRICTIONS_ERROR_POLICY_FILE_CHANGED,
        [FAILURE_FIREWALL_FAILED]         = SMTP_RESTRICTIONS_ERROR_FIREWALL_FAILED,
        [FAILURE_STORAGE_FAILED]          = SMTP_RESTRICTIONS_ERROR_STORAGE_FAILED,
        [FAILURE_NO_EXIM]                 = SMTP_RESTRICTIONS_ERROR_NO_EXIM,
        [FAILURE_EXIM_CONFIG_UNSUPPORTED] = SMTP_RESTRICTIONS_ERROR_EXIM_CONFIG_UNSUPPORTED,
        [FAILURE_EXIM_CONFIG_INVALID]     = SMTP_RESTRICTIONS_ERROR_EXIM_CONFIG_INVALID,
        [FAILURE_EXIM_BLOCKED_BY_MACRO]   = SMTP_RESTRICTIONS_ERROR_EXIM_BLOCKED_BY_MACRO,
        [FAILURE_EXIM_RELOAD_FAILED]      = SMTP_RESTRICTIONS_ERROR_EXIM_RELOAD_FAILED,
        [FAILURE_REDIRECT_NEEDS_MTA]      = SMTP_RESTRICTIONS_ERROR_REDIRECT_NEEDS_MTA,
        [FAILURE_METER_UNAVAILABLE]       = SMTP_RESTRICTIONS_ERROR_METER_UNAVAILABLE,
        [FAILURE_ROLLBACK_FAILED]         = SMTP_RESTRICTIONS_ERROR_ROLLBACK_FAILED,
        [FAILURE_NO_TRIAL]                = SMTP_RESTRICTIONS_ERROR_NO_TRIAL,
        [FAILURE_LIMITS_EXCEEDED]         = SD_BUS_ERROR_LIMITS_EXCEEDED,
        [FAILURE_INTERNAL]                = SD_BUS_ERROR_FAILED,
};
/* clang-format on */

const char *bus_error_name(FailureCode code) {
        assert(code >= 0 && code < _FAILURE_CODE_MAX);

        return names[code];
}

/* For an errno that nobody has put into words. */
static const char *plain_words(int r) {
        switch (r) {
        case -ENOMEM:
                return "The service is out of memory; nothing was changed by this call";
        case -EMSGSIZE:
        case -E2BIG:
                return "The answer is too large for one message; ask for fewer entries";
        default:
                return "The service could not do this; its log says why";
        }
}

int bus_error_set(sd_bus_error *reterr, int r, const Failure *failure) {
        CLEANUP(freep) char *valid = NULL;
        FailureCode code = failure ? failure->code : FAILURE_NONE;

        assert(r < 0);

        if (code != FAILURE_NONE && failure->text)
                valid = utf8_make_valid(failure->text);

        return sd_bus_error_set(reterr, bus_error_name(code), valid ?: plain_words(r));
}
