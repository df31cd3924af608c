/* SPDX-License-Identifier: GPL-2.0-or-later */

/* csf.conf of ConfigServer Firewall: NAME = "VALUE". */

#include <errno.h>

#include "import/lines.h"
#include "import/values.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

enum {
        BLOCK,
        ALLOW_LOCAL,
        REDIRECT,
        PORTS,
        ALLOW_USER,
        ALLOW_GROUP,
        IPV6,
        DROP_OUT,
        AUTH_RESTRICT,
        _NAME_MAX,
};

static const char *const names[_NAME_MAX] = {
        [BLOCK] = "SMTP_BLOCK",
        [ALLOW_LOCAL] = "SMTP_ALLOWLOCAL",
        [REDIRECT] = "SMTP_REDIRECT",
        [PORTS] = "SMTP_PORTS",
        [ALLOW_USER] = "SMTP_ALLOWUSER",
        [ALLOW_GROUP] = "SMTP_ALLOWGROUP",
        [IPV6] = "IPV6",
        [DROP_OUT] = "DROP_OUT",
        [AUTH_RESTRICT] = "SMTPAUTH_RESTRICT",
};

/* What is different here, where it makes a difference at all. */
static void remark_differences(Import *import, const char *const values[], bool redirect) {
        if (import_read_flag(import, names[ALLOW_LOCAL], values[ALLOW_LOCAL]) == TRISTATE_FALSE)
                import_remark(import,
                              names[ALLOW_LOCAL],
                              values[ALLOW_LOCAL],
                              "Connections to this host itself are never restricted here");
        if (import_read_flag(import, names[IPV6], values[IPV6]) == TRISTATE_FALSE)
                import_remark(import,
                              names[IPV6],
                              values[IPV6],
                              "IPv6 was not restricted; here it is, as IPv4");
        if (!redirect && values[DROP_OUT] && string_equal(values[DROP_OUT], "DROP"))
                import_remark(import,
                              names[DROP_OUT],
                              values[DROP_OUT],
                              "What is not allowed is refused at once, not dropped");
}

int import_csf(Import *import, char *text, size_t size, Failure *reterr) {
        const char *values[_NAME_MAX];
        Tristate block;
        bool redirect;

        (void) settings_find(text, size, names, _NAME_MAX, values);
        if (!values[BLOCK])
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "it has no SMTP_BLOCK, so it is no csf.conf");

        block = import_read_flag(import, names[BLOCK], values[BLOCK]);
        redirect = import_read_flag(import, names[REDIRECT], values[REDIRECT]) == TRISTATE_TRUE;
        if (block != TRISTATE_UNSET)
                import_set(import, SMTP_RESTRICTIONS_KEY_ENABLED, json_boolean(block));
        if (values[PORTS])
                import_set_ports(import, names[PORTS], values[PORTS], redirect);
        if (values[ALLOW_USER])
                import_set_names(
                                import,
                                names[ALLOW_USER],
                                values[ALLOW_USER],
                                SMTP_RESTRICTIONS_KEY_ALLOWED_USERS);
        if (values[ALLOW_GROUP])
                import_set_names(
                                import,
                                names[ALLOW_GROUP],
                                values[ALLOW_GROUP],
                                SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS);

        if (block == TRISTATE_TRUE)
                remark_differences(import, values, redirect);
        if (import_read_flag(import, names[AUTH_RESTRICT], values[AUTH_RESTRICT]) == TRISTATE_TRUE)
                import_remark(import,
                              names[AUTH_RESTRICT],
                              values[AUTH_RESTRICT],
                              "SmtpAuth says who may log in, not from where");
        return 0;
}
