/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Mail limits: values of the table in policy/mail-limit-info.h, each set (ours) or not (as the
 * administrator's own Exim configuration has it). Pure.
 */

#include "policy/mail-limit-info.h"
#include "util/string-list.h"

/* Zero-initialized: nothing is set. */
typedef struct MailLimits {
        uint64_t value[_MAIL_LIMIT_MAX];   /* of a number, bool, choice */
        StringList lists[_MAIL_LIMIT_MAX]; /* hosts (normalized), users: sorted, unique */
        bool set[_MAIL_LIMIT_MAX];
        bool has_subjects; /* beside them: to the meter something is known of somebody by name. In
                              no text, and no part of a comparison */
} MailLimits;

void mail_limits_done(MailLimits *limits);
WARN_UNUSED int mail_limits_copy(const MailLimits *limits, MailLimits *ret);

/* Return: 0, or -EINVAL with InvalidValue naming key, value and bounds. */
WARN_UNUSED int mail_limits_set(
                MailLimits *limits, MailLimit limit, uint64_t value, Failure *reterr);
/* The same for a word of a choice. */
WARN_UNUSED int mail_limits_set_choice(
                MailLimits *limits, MailLimit limit, const char *word, Failure *reterr);
/* The same for a list; it is copied. Or -ENOMEM. */
WARN_UNUSED int mail_limits_set_list(
                MailLimits *limits, MailLimit limit, const StringList *list, Failure *reterr);
/* As `from` has it, set or not. Return: 0 or -ENOMEM. */
WARN_UNUSED int mail_limits_take_over(MailLimits *limits, MailLimit limit, const MailLimits *from);

void mail_limits_unset(MailLimits *limits, MailLimit limit);

/* The word of a choice that is set. */
const char *mail_limits_choice(const MailLimits *limits, MailLimit limit);
/* The value, or `otherwise` where it is not set. */
uint64_t mail_limits_value(const MailLimits *limits, MailLimit limit, uint64_t otherwise);
/* The key of the first that the mail meter has to keep; NULL: none needs it. */
const char *mail_limits_meter_key(const MailLimits *limits);
bool mail_limits_need_meter(const MailLimits *limits);

bool mail_limits_are_empty(const MailLimits *limits);
bool mail_limits_equal(const MailLimits *a, const MailLimits *b);
/* Is this one limit set and the same in both, or set in neither? */
bool mail_limits_agree(const MailLimits *a, const MailLimits *b, MailLimit limit);

/* Rules between limits. Return: 0, or -EINVAL with InvalidValue naming the key. */
WARN_UNUSED int mail_limits_check(const MailLimits *limits, Failure *reterr);
