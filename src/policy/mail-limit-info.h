/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The table of mail limits: their names, types and bounds. Pure. The layers above give each its
 * Exim option (exim/options.h), or its part in the mail meter. */

#include "policy/mail-limit-choices.h"
#include "util/failure.h"

typedef enum MailLimit {
        MAIL_LIMIT_SMTP_ACCEPT_MAX,
        MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST,
        MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_CONNECTION,
        MAIL_LIMIT_SMTP_ACCEPT_QUEUE,
        MAIL_LIMIT_SMTP_ACCEPT_RESERVE,
        MAIL_LIMIT_SMTP_RESERVE_HOSTS,
        MAIL_LIMIT_RECIPIENTS_MAX,
        MAIL_LIMIT_MESSAGE_SIZE_LIMIT,
        MAIL_LIMIT_REQUIRE_AUTH,
        MAIL_LIMIT_RELAY_EXCEPTIONS,
        MAIL_LIMIT_HOURLY_PER_DOMAIN, /* here the keys of the mail meter begin */
        MAIL_LIMIT_HOURLY_PER_MAILBOX,
        MAIL_LIMIT_HOURLY_PER_USER,
        MAIL_LIMIT_DAILY_PER_DOMAIN,
        MAIL_LIMIT_DAILY_PER_MAILBOX,
        MAIL_LIMIT_DAILY_PER_USER,
        MAIL_LIMIT_OVER_LIMIT_ACTION,
        MAIL_LIMIT_OVER_LIMIT_PERCENT,
        MAIL_LIMIT_FAIL_DEFER_PERCENT,
        MAIL_LIMIT_FAIL_DEFER_MINIMUM,
        MAIL_LIMIT_FAIL_DEFER_ACTION,
        MAIL_LIMIT_DENIED_MAIL_USERS,
        MAIL_LIMIT_SMTP_AUTH,
        MAIL_LIMIT_METER_FALLBACK,
        MAIL_LIMIT_COUNT_MAILMAN,
        _MAIL_LIMIT_MAX,
} MailLimit;

typedef enum MailLimitType {
        MAIL_LIMIT_TYPE_U32,
        MAIL_LIMIT_TYPE_U64,
        MAIL_LIMIT_TYPE_BOOL,   /* 0 or 1 */
        MAIL_LIMIT_TYPE_CHOICE, /* one of the words in .choices, by its number */
        MAIL_LIMIT_TYPE_HOSTS,  /* addresses and networks (policy/host.h) */
        MAIL_LIMIT_TYPE_USERS,  /* their names */
} MailLimitType;

typedef struct MailLimitInfo {
        const char *key; /* as on the bus and in policy.json */
        MailLimitType type;
        uint64_t min; /* of a list: its entries */
        uint64_t max;
        const char *const *choices; /* of that type: .max + 1 of them */
        bool is_rate;               /* recipients in a time: 0 is no sensible number */
} MailLimitInfo;

extern const MailLimitInfo mail_limit_infos[_MAIL_LIMIT_MAX];

/* Which limit a key names. Return: 0; or -EINVAL with UnknownKey. */
WARN_UNUSED int mail_limit_from_key(const char *key, MailLimit *ret, Failure *reterr);

/* Is it kept by the mail meter rather than by an option or ACL of Exim's alone? */
bool mail_limit_needs_meter(MailLimit limit);
bool mail_limit_is_list(MailLimit limit);
