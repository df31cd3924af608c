/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <systemd/sd-bus.h>

#include "ctl/outcome.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/macro.h"
#include "util/text.h"

#define HINT_AUTHORIZE "run it as root, or on a terminal as somebody who may authorize it"
#define HINT_START     "see 'systemctl status smtp-restrictions.service'"
#define HINT_INSTALL   "is the package smtp-restrictions installed?"
#define HINT_UNMASK    "try 'systemctl unmask smtp-restrictions.service'"
#define HINT_BUS       "is dbus.service running?"
#define HINT_VERSION   "is the service older than this program?"

typedef struct ErrorOutcome {
        const char *name;
        ExitCode code;
        const char *hint;
} ErrorOutcome;

/* clang-format off */
static const ErrorOutcome error_outcomes[] = {
        { SD_BUS_ERROR_ACCESS_DENIED,                        EXIT_CODE_NOT_AUTHORIZED,  HINT_AUTHORIZE },
        { SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,   EXIT_CODE_NOT_AUTHORIZED,  HINT_AUTHORIZE },

        { SMTP_RESTRICTIONS_ERROR_UNKNOWN_KEY,               EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_INVALID_VALUE,             EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_UNKNOWN_NAME,              EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_NOT_FOUND,                 EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_BUSY,                      EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_CHANGED,                   EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_POLICY_FILE_CHANGED,       EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_NO_EXIM,                   EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_REDIRECT_NEEDS_MTA,        EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_METER_UNAVAILABLE,         EXIT_CODE_REFUSED,         NULL },
        { SMTP_RESTRICTIONS_ERROR_NO_TRIAL,                  EXIT_CODE_REFUSED,         NULL },
        { SD_BUS_ERROR_LIMITS_EXCEEDED,                      EXIT_CODE_REFUSED,         NULL },
        { SD_BUS_ERROR_INVALID_ARGS,                         EXIT_CODE_REFUSED,         HINT_VERSION },

        { SMTP_RESTRICTIONS_ERROR_FIREWALL_FAILED,           EXIT_CODE_ROLLED_BACK,     NULL },
        { SMTP_RESTRICTIONS_ERROR_STORAGE_FAILED,            EXIT_CODE_ROLLED_BACK,     NULL },
        { SMTP_RESTRICTIONS_ERROR_EXIM_CONFIG_UNSUPPORTED,   EXIT_CODE_ROLLED_BACK,     NULL },
        { SMTP_RESTRICTIONS_ERROR_EXIM_CONFIG_INVALID,       EXIT_CODE_ROLLED_BACK,     NULL },
        { SMTP_RESTRICTIONS_ERROR_EXIM_BLOCKED_BY_MACRO,     EXIT_CODE_ROLLED_BACK,     NULL },
        { SMTP_RESTRICTIONS_ERROR_EXIM_RELOAD_FAILED,        EXIT_CODE_ROLLED_BACK,     NULL },

        { SMTP_RESTRICTIONS_ERROR_ROLLBACK_FAILED,           EXIT_CODE_ROLLBACK_FAILED, HINT_START },

        { SD_BUS_ERROR_SERVICE_UNKNOWN,                      EXIT_CODE_FAILED,          HINT_INSTALL },
        { SD_BUS_ERROR_NAME_HAS_NO_OWNER,                    EXIT_CODE_FAILED,          HINT_INSTALL },
        { SD_BUS_ERROR_NO_REPLY,                             EXIT_CODE_FAILED,          HINT_START },
        { SD_BUS_ERROR_TIMEOUT,                              EXIT_CODE_FAILED,          HINT_START },
        { SD_BUS_ERROR_DISCONNECTED,                         EXIT_CODE_FAILED,          HINT_BUS },
        { SD_BUS_ERROR_FILE_NOT_FOUND,                       EXIT_CODE_FAILED,          HINT_BUS },
        { SD_BUS_ERROR_NO_SERVER,                            EXIT_CODE_FAILED,          HINT_BUS },
        { SD_BUS_ERROR_UNKNOWN_METHOD,                       EXIT_CODE_FAILED,          HINT_VERSION },
        { SD_BUS_ERROR_UNKNOWN_INTERFACE,                    EXIT_CODE_FAILED,          HINT_VERSION },
        { SD_BUS_ERROR_UNKNOWN_OBJECT,                       EXIT_CODE_FAILED,          HINT_VERSION },
        { "org.freedesktop.systemd1.UnitMasked",             EXIT_CODE_FAILED,          HINT_UNMASK },
};
/* clang-format on */

static const ErrorOutcome *outcome_find(const char *name) {
        for (size_t i = 0; i < ELEMENTS_OF(error_outcomes); i++)
                if (string_equal(error_outcomes[i].name, name))
                        return &error_outcomes[i];

        return NULL;
}

ExitCode outcome_from_error(const char *name) {
        const ErrorOutcome *outcome = outcome_find(name);

        return outcome ? outcome->code : EXIT_CODE_FAILED;
}

const char *outcome_hint(const char *name) {
        const ErrorOutcome *outcome = outcome_find(name);

        if (outcome)
                return outcome->hint;

        /* the bus could not start the service, or systemd could not */
        if (name && (string_after_prefix(name, "org.freedesktop.DBus.Error.Spawn.") ||
                     string_after_prefix(name, "org.freedesktop.systemd1.")))
                return HINT_START;

        return NULL;
}
