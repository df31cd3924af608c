/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Mail limits: a table of named numbers, each set (ours) or not (as the administrator's own Exim
 * configuration has it). Pure. The layers above give each its Exim option (exim/options.h).
 */

#include "util/failure.h"

typedef enum MailLimit {
        MAIL_LIMIT_SMTP_ACCEPT_MAX,
        MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST,
        MAIL_LIMIT_RECIPIENTS_MAX,
        _MAIL_LIMIT_MAX,
} MailLimit;

typedef struct MailLimits {
        uint32_t value[_MAIL_LIMIT_MAX];
        bool set[_MAIL_LIMIT_MAX];
} MailLimits;

typedef struct MailLimitInfo {
        const char *key; /* as on the bus and in policy.json */
        uint32_t min;
        uint32_t max;
} MailLimitInfo;

extern const MailLimitInfo mail_limit_infos[_MAIL_LIMIT_MAX];

/*
 * Which limit a key names. Return: 0; or -EINVAL with UnknownKey; or -EOPNOTSUPP with
 * MeterUnavailable for a key that the contract has but that needs the mail meter.
 */
WARN_UNUSED int mail_limit_from_key(const char *key, MailLimit *ret, Failure *reterr);

/* Return: 0, or -EINVAL with InvalidValue naming key, value and bounds. */
WARN_UNUSED int mail_limits_set(
                MailLimits *limits, MailLimit limit, uint64_t value, Failure *reterr);

bool mail_limits_are_empty(const MailLimits *limits);
bool mail_limits_equal(const MailLimits *a, const MailLimits *b);

/* Rules between limits. Return: 0, or -EINVAL with InvalidValue naming the key. */
WARN_UNUSED int mail_limits_check(const MailLimits *limits, Failure *reterr);
