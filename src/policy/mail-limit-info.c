/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "policy/mail-limit-info.h"
#include "policy/unknown-key.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

/* clang-format off */
static const char *const over_limit_actions[] = {
        [OVER_LIMIT_HOLD] = "hold",
        [OVER_LIMIT_DEFER] = "defer",
        [OVER_LIMIT_REJECT] = "reject",
        [OVER_LIMIT_OBSERVE] = "observe",
};

static const char *const fail_defer_actions[] = {
        [FAIL_DEFER_HOLD] = "hold",
        [FAIL_DEFER_REJECT] = "reject",
        [FAIL_DEFER_OBSERVE] = "observe",
};

static const char *const server_auths[] = {
        [SERVER_AUTH_ENABLED] = "enabled",
        [SERVER_AUTH_DISABLED] = "disabled",
};

static const char *const meter_fallbacks[] = {
        [METER_FALLBACK_ACCEPT] = "accept",
        [METER_FALLBACK_DEFER] = "defer",
};

const MailLimitInfo mail_limit_infos[_MAIL_LIMIT_MAX] = {
        [MAIL_LIMIT_SMTP_ACCEPT_MAX]                = { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX,                MAIL_LIMIT_TYPE_U32,   0, SMTP_RESTRICTIONS_CONNECTIONS_MAX },
        [MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST]       = { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_HOST,       MAIL_LIMIT_TYPE_U32,   0, SMTP_RESTRICTIONS_CONNECTIONS_MAX },
        [MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_CONNECTION] = { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_CONNECTION, MAIL_LIMIT_TYPE_U32,   0, SMTP_RESTRICTIONS_CONNECTIONS_MAX },
        [MAIL_LIMIT_SMTP_ACCEPT_QUEUE]              = { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_QUEUE,              MAIL_LIMIT_TYPE_U32,   0, SMTP_RESTRICTIONS_CONNECTIONS_MAX },
        [MAIL_LIMIT_SMTP_ACCEPT_RESERVE]            = { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_RESERVE,            MAIL_LIMIT_TYPE_U32,   0, SMTP_RESTRICTIONS_CONNECTIONS_MAX },
        [MAIL_LIMIT_SMTP_RESERVE_HOSTS]             = { SMTP_RESTRICTIONS_LIMIT_SMTP_RESERVE_HOSTS,             MAIL_LIMIT_TYPE_HOSTS, 1, SMTP_RESTRICTIONS_RESERVE_HOSTS_MAX },
        [MAIL_LIMIT_RECIPIENTS_MAX]                 = { SMTP_RESTRICTIONS_LIMIT_RECIPIENTS_MAX,                 MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_RECIPIENTS_MAX },
        [MAIL_LIMIT_MESSAGE_SIZE_LIMIT]             = { SMTP_RESTRICTIONS_LIMIT_MESSAGE_SIZE_LIMIT,             MAIL_LIMIT_TYPE_U64,   SMTP_RESTRICTIONS_MESSAGE_SIZE_MIN, SMTP_RESTRICTIONS_MESSAGE_SIZE_MAX },
        [MAIL_LIMIT_REQUIRE_AUTH]                   = { SMTP_RESTRICTIONS_LIMIT_REQUIRE_AUTH,                   MAIL_LIMIT_TYPE_BOOL,  0, 1 },
        [MAIL_LIMIT_RELAY_EXCEPTIONS]               = { SMTP_RESTRICTIONS_LIMIT_RELAY_EXCEPTIONS,               MAIL_LIMIT_TYPE_HOSTS, 1, SMTP_RESTRICTIONS_RELAY_EXCEPTIONS_MAX },
        [MAIL_LIMIT_HOURLY_PER_DOMAIN]              = { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_DOMAIN,           MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_RATE_MAX, .is_rate = true },
        [MAIL_LIMIT_HOURLY_PER_MAILBOX]             = { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_MAILBOX,          MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_RATE_MAX, .is_rate = true },
        [MAIL_LIMIT_HOURLY_PER_USER]                = { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_USER,             MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_RATE_MAX, .is_rate = true },
        [MAIL_LIMIT_DAILY_PER_DOMAIN]               = { SMTP_RESTRICTIONS_LIMIT_DAILY_PER_DOMAIN,            MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_RATE_MAX, .is_rate = true },
        [MAIL_LIMIT_DAILY_PER_MAILBOX]              = { SMTP_RESTRICTIONS_LIMIT_DAILY_PER_MAILBOX,           MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_RATE_MAX, .is_rate = true },
        [MAIL_LIMIT_DAILY_PER_USER]                 = { SMTP_RESTRICTIONS_LIMIT_DAILY_PER_USER,              MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_RATE_MAX, .is_rate = true },
        [MAIL_LIMIT_OVER_LIMIT_ACTION]              = { SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_ACTION,           MAIL_LIMIT_TYPE_CHOICE, 0, ELEMENTS_OF(over_limit_actions) - 1, .choices = over_limit_actions },
        [MAIL_LIMIT_OVER_LIMIT_PERCENT]             = { SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_PERCENT,          MAIL_LIMIT_TYPE_U32,   SMTP_RESTRICTIONS_OVER_LIMIT_PERCENT_MIN, SMTP_RESTRICTIONS_OVER_LIMIT_PERCENT_MAX },
        [MAIL_LIMIT_FAIL_DEFER_PERCENT]             = { SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_PERCENT,          MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_FAIL_DEFER_PERCENT_MAX },
        [MAIL_LIMIT_FAIL_DEFER_MINIMUM]             = { SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_MINIMUM,          MAIL_LIMIT_TYPE_U32,   1, SMTP_RESTRICTIONS_FAIL_DEFER_MINIMUM_MAX },
        [MAIL_LIMIT_FAIL_DEFER_ACTION]              = { SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_ACTION,           MAIL_LIMIT_TYPE_CHOICE, 0, ELEMENTS_OF(fail_defer_actions) - 1, .choices = fail_defer_actions },
        [MAIL_LIMIT_DENIED_MAIL_USERS]              = { SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS,           MAIL_LIMIT_TYPE_USERS, 1, SMTP_RESTRICTIONS_DENIED_MAIL_USERS_MAX },
        [MAIL_LIMIT_SMTP_AUTH]                      = { SMTP_RESTRICTIONS_LIMIT_SMTP_AUTH,                   MAIL_LIMIT_TYPE_CHOICE, 0, ELEMENTS_OF(server_auths) - 1, .choices = server_auths },
        [MAIL_LIMIT_METER_FALLBACK]                 = { SMTP_RESTRICTIONS_LIMIT_METER_FALLBACK,              MAIL_LIMIT_TYPE_CHOICE, 0, ELEMENTS_OF(meter_fallbacks) - 1, .choices = meter_fallbacks },
        [MAIL_LIMIT_COUNT_MAILMAN]                  = { SMTP_RESTRICTIONS_LIMIT_COUNT_MAILMAN,               MAIL_LIMIT_TYPE_BOOL,  0, 1 },
};

static const char *limit_name(size_t i) {
        return mail_limit_infos[i].key;
}

static const KeyTable limit_table = {
        .name = limit_name,
        .count = _MAIL_LIMIT_MAX,
};

bool mail_limit_needs_meter(MailLimit limit) {
        return limit >= MAIL_LIMIT_HOURLY_PER_DOMAIN;
}

bool mail_limit_is_list(MailLimit limit) {
        return mail_limit_infos[limit].type == MAIL_LIMIT_TYPE_HOSTS ||
               mail_limit_infos[limit].type == MAIL_LIMIT_TYPE_USERS;
}

int mail_limit_from_key(const char *key, MailLimit *ret, Failure *reterr) {
        assert(key && ret);

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (string_equal(key, mail_limit_infos[i].key)) {
                        *ret = i;
                        return 0;
                }

        return unknown_key_refuse(key, &limit_table, reterr);
}
