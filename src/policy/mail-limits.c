/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "policy/mail-limits.h"
#include "policy/unknown-key.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

/* clang-format off */
const MailLimitInfo mail_limit_infos[_MAIL_LIMIT_MAX] = {
        [MAIL_LIMIT_SMTP_ACCEPT_MAX]          = { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX,          0, SMTP_RESTRICTIONS_CONNECTIONS_MAX },
        [MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST] = { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_HOST, 0, SMTP_RESTRICTIONS_CONNECTIONS_MAX },
        [MAIL_LIMIT_RECIPIENTS_MAX]           = { SMTP_RESTRICTIONS_LIMIT_RECIPIENTS_MAX,           1, SMTP_RESTRICTIONS_RECIPIENTS_MAX },
};

static const char *const meter_keys[] = {
        "HourlyRecipientsPerDomain", "HourlyRecipientsPerMailbox", "HourlyRecipientsPerUser",
        "DailyRecipientsPerDomain", "DailyRecipientsPerMailbox", "DailyRecipientsPerUser",
        "OverLimitAction", "OverLimitPercent",
        "FailDeferPercent", "FailDeferMinimum", "FailDeferAction",
        "DeniedMailUsers", "CountMailman", "SmtpAuth", "MeterFallback",
};

static const char *const later_keys[] = {
        "SmtpAcceptMaxPerConnection", "SmtpAcceptQueue", "SmtpAcceptReserve", "SmtpReserveHosts",
        "MessageSizeLimit", "RequireAuth", "RelayExceptions",
        NULL,
};
/* clang-format on */

static const char *limit_name(size_t i) {
        return mail_limit_infos[i].key;
}

static const KeyTable limit_table = {
        .name = limit_name,
        .count = _MAIL_LIMIT_MAX,
        .later = later_keys,
};

int mail_limit_from_key(const char *key, MailLimit *ret, Failure *reterr) {
        assert(key && ret);

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (string_equal(key, mail_limit_infos[i].key)) {
                        *ret = (MailLimit) i;
                        return 0;
                }

        for (size_t i = 0; i < ELEMENTS_OF(meter_keys); i++)
                if (string_equal(key, meter_keys[i]))
                        return failure_set(
                                        reterr,
                                        -EOPNOTSUPP,
                                        FAILURE_METER_UNAVAILABLE,
                                        "%s: needs the mail meter, which this version does not "
                                        "have",
                                        key);

        return unknown_key_refuse(key, &limit_table, reterr);
}

static int check_bounds(MailLimit limit, uint64_t value, Failure *reterr) {
        const MailLimitInfo *info = &mail_limit_infos[limit];

        if (value >= info->min && value <= info->max)
                return 0;

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: %" PRIu64 " is not between %" PRIu32 " and %" PRIu32,
                        info->key,
                        value,
                        info->min,
                        info->max);
}

int mail_limits_set(MailLimits *limits, MailLimit limit, uint64_t value, Failure *reterr) {
        int r;

        assert(limits && limit < _MAIL_LIMIT_MAX);

        r = check_bounds(limit, value, reterr);
        if (r < 0)
                return r;

        limits->value[limit] = (uint32_t) value;
        limits->set[limit] = true;
        return 0;
}

bool mail_limits_are_empty(const MailLimits *limits) {
        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (limits->set[i])
                        return false;

        return true;
}

/* What stands in the value of a limit that is not set does not count. */
bool mail_limits_equal(const MailLimits *a, const MailLimits *b) {
        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (a->set[i] != b->set[i] || (a->set[i] && a->value[i] != b->value[i]))
                        return false;

        return true;
}

int mail_limits_check(const MailLimits *limits, Failure *reterr) {
        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (limits->set[i]) {
                        int r = check_bounds((MailLimit) i, limits->value[i], reterr);

                        if (r < 0)
                                return r;
                }

        /* Exim 4.96 does not start then, whatever the number per host is, even 0. */
        if (limits->set[MAIL_LIMIT_SMTP_ACCEPT_MAX] &&
            limits->value[MAIL_LIMIT_SMTP_ACCEPT_MAX] == 0 &&
            limits->set[MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST])
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: 0 (no limit) is not possible while %s is set: Exim does not "
                                "start then",
                                mail_limit_infos[MAIL_LIMIT_SMTP_ACCEPT_MAX].key,
                                mail_limit_infos[MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST].key);

        return 0;
}
