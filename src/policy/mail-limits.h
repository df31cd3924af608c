/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Mail limits: a table of named numbers and lists of hosts, each set (ours) or not (as the
 * administrator's own Exim configuration has it). Pure. The layers above give each its Exim option
 * (exim/options.h).
 */

#include "util/failure.h"
#include "util/string-list.h"

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
        _MAIL_LIMIT_MAX,
} MailLimit;

typedef enum MailLimitType {
        MAIL_LIMIT_TYPE_U32,
        MAIL_LIMIT_TYPE_U64,
        MAIL_LIMIT_TYPE_BOOL,  /* 0 or 1 */
        MAIL_LIMIT_TYPE_HOSTS, /* addresses and networks (policy/host.h) */
} MailLimitType;

/* Zero-initialized: nothing is set. */
typedef struct MailLimits {
        uint64_t value[_MAIL_LIMIT_MAX];   /* of a number or a bool */
        StringList hosts[_MAIL_LIMIT_MAX]; /* of hosts: normalized, sorted, unique */
        bool set[_MAIL_LIMIT_MAX];
} MailLimits;

typedef struct MailLimitInfo {
        const char *key; /* as on the bus and in policy.json */
        MailLimitType type;
        uint64_t min; /* of hosts: their number */
        uint64_t max;
} MailLimitInfo;

extern const MailLimitInfo mail_limit_infos[_MAIL_LIMIT_MAX];

/*
 * Which limit a key names. Return: 0; or -EINVAL with UnknownKey; or -EOPNOTSUPP with
 * MeterUnavailable for a key that the contract has but that needs the mail meter.
 */
WARN_UNUSED int mail_limit_from_key(const char *key, MailLimit *ret, Failure *reterr);

void mail_limits_done(MailLimits *limits);
WARN_UNUSED int mail_limits_copy(const MailLimits *limits, MailLimits *ret);

/* Return: 0, or -EINVAL with InvalidValue naming key, value and bounds. */
WARN_UNUSED int mail_limits_set(
                MailLimits *limits, MailLimit limit, uint64_t value, Failure *reterr);
/* The same for a list; it is copied. Or -ENOMEM. */
WARN_UNUSED int mail_limits_set_hosts(
                MailLimits *limits, MailLimit limit, const StringList *hosts, Failure *reterr);
/* As `from` has it, set or not. Return: 0 or -ENOMEM. */
WARN_UNUSED int mail_limits_take_over(MailLimits *limits, MailLimit limit, const MailLimits *from);

void mail_limits_unset(MailLimits *limits, MailLimit limit);

bool mail_limits_are_empty(const MailLimits *limits);
bool mail_limits_equal(const MailLimits *a, const MailLimits *b);
/* Is this one limit set and the same in both, or set in neither? */
bool mail_limits_agree(const MailLimits *a, const MailLimits *b, MailLimit limit);

/* Rules between limits. Return: 0, or -EINVAL with InvalidValue naming the key. */
WARN_UNUSED int mail_limits_check(const MailLimits *limits, Failure *reterr);
