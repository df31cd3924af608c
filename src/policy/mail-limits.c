/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "policy/host.h"
#include "policy/mail-limits.h"
#include "policy/unknown-key.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

/* clang-format off */
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
};

static const char *const meter_keys[] = {
        "HourlyRecipientsPerDomain", "HourlyRecipientsPerMailbox", "HourlyRecipientsPerUser",
        "DailyRecipientsPerDomain", "DailyRecipientsPerMailbox", "DailyRecipientsPerUser",
        "OverLimitAction", "OverLimitPercent",
        "FailDeferPercent", "FailDeferMinimum", "FailDeferAction",
        "DeniedMailUsers", "CountMailman", "SmtpAuth", "MeterFallback",
};

static const char *const later_keys[] = { NULL };
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
                        "%s: %" PRIu64 "%s not between %" PRIu64 " and %" PRIu64,
                        info->key,
                        value,
                        info->type == MAIL_LIMIT_TYPE_HOSTS ? " entries are" : " is",
                        info->min,
                        info->max);
}

void mail_limits_done(MailLimits *limits) {
        if (!limits)
                return;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                string_list_done(&limits->hosts[i]);
        *limits = (MailLimits){};
}

void mail_limits_unset(MailLimits *limits, MailLimit limit) {
        string_list_done(&limits->hosts[limit]);
        limits->value[limit] = 0;
        limits->set[limit] = false;
}

int mail_limits_take_over(MailLimits *limits, MailLimit limit, const MailLimits *from) {
        CLEANUP(string_list_done) StringList hosts = {};
        int r;

        if (from->set[limit]) {
                r = string_list_copy(&from->hosts[limit], &hosts);
                if (r < 0)
                        return r;
        }

        string_list_done(&limits->hosts[limit]);
        limits->hosts[limit] = hosts;
        hosts = (StringList){};
        limits->value[limit] = from->set[limit] ? from->value[limit] : 0;
        limits->set[limit] = from->set[limit];
        return 0;
}

int mail_limits_copy(const MailLimits *limits, MailLimits *ret) {
        CLEANUP(mail_limits_done) MailLimits copy = {};

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                int r = mail_limits_take_over(&copy, (MailLimit) i, limits);

                if (r < 0)
                        return r;
        }

        *ret = copy;
        copy = (MailLimits){};
        return 0;
}

int mail_limits_set(MailLimits *limits, MailLimit limit, uint64_t value, Failure *reterr) {
        int r;

        assert(limits && limit < _MAIL_LIMIT_MAX);
        assert(mail_limit_infos[limit].type != MAIL_LIMIT_TYPE_HOSTS);

        r = check_bounds(limit, value, reterr);
        if (r < 0)
                return r;

        limits->value[limit] = value;
        limits->set[limit] = true;
        return 0;
}

static int refuse_host(const char *key, const char *host, int error, Failure *reterr) {
        CLEANUP(freep) char *quoted = string_quote(host, strlen(host), 64);

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: '%s' %s",
                        key,
                        quoted ?: "?",
                        host_error_to_string(error));
}

int mail_limits_set_hosts(
                MailLimits *limits, MailLimit limit, const StringList *hosts, Failure *reterr) {
        CLEANUP(string_list_done) StringList normalized = {};
        int r;

        assert(limits && limit < _MAIL_LIMIT_MAX);
        assert(mail_limit_infos[limit].type == MAIL_LIMIT_TYPE_HOSTS);

        r = check_bounds(limit, hosts->count, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < hosts->count; i++) {
                CLEANUP(freep) char *host = NULL;

                r = host_normalize(hosts->items[i], &host);
                if (r > 0)
                        return refuse_host(mail_limit_infos[limit].key, hosts->items[i], r, reterr);
                if (r >= 0)
                        r = string_list_append(&normalized, host);
                if (r < 0)
                        return r;
        }

        string_list_sort_unique(&normalized);
        string_list_done(&limits->hosts[limit]);
        limits->hosts[limit] = normalized;
        normalized = (StringList){};
        limits->set[limit] = true;
        return 0;
}

bool mail_limits_are_empty(const MailLimits *limits) {
        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (limits->set[i])
                        return false;

        return true;
}

bool mail_limits_agree(const MailLimits *a, const MailLimits *b, MailLimit limit) {
        if (!a->set[limit] || !b->set[limit])
                return a->set[limit] == b->set[limit];

        return a->value[limit] == b->value[limit] &&
               string_list_equal(&a->hosts[limit], &b->hosts[limit]);
}

/* What stands in the value of a limit that is not set does not count. */
bool mail_limits_equal(const MailLimits *a, const MailLimits *b) {
        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (!mail_limits_agree(a, b, i))
                        return false;

        return true;
}

static const char *key_of(MailLimit limit) {
        return mail_limit_infos[limit].key;
}

static bool is_on(const MailLimits *limits, MailLimit limit) {
        return limits->set[limit] && limits->value[limit] > 0;
}

/* Exim 4.96 does not start then, whatever the number per host is, even 0. */
static int check_no_limit(const MailLimits *limits, Failure *reterr) {
        const char *other = NULL;

        if (!limits->set[MAIL_LIMIT_SMTP_ACCEPT_MAX] ||
            limits->value[MAIL_LIMIT_SMTP_ACCEPT_MAX] > 0)
                return 0;

        if (limits->set[MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST])
                other = key_of(MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST);
        else if (is_on(limits, MAIL_LIMIT_SMTP_ACCEPT_QUEUE))
                other = key_of(MAIL_LIMIT_SMTP_ACCEPT_QUEUE);
        if (!other)
                return 0;

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: 0 (no limit) is not possible while %s is set: Exim does not start "
                        "then",
                        key_of(MAIL_LIMIT_SMTP_ACCEPT_MAX),
                        other);
}

/* `why` says what Exim would do. */
static int check_below_max(
                const MailLimits *limits, MailLimit limit, const char *why, Failure *reterr) {
        uint64_t max = limits->value[MAIL_LIMIT_SMTP_ACCEPT_MAX];

        if (!limits->set[MAIL_LIMIT_SMTP_ACCEPT_MAX] || !is_on(limits, limit) ||
            limits->value[limit] < max)
                return 0;

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: %" PRIu64 " is not below %s, which is %" PRIu64 ": %s",
                        key_of(limit),
                        limits->value[limit],
                        key_of(MAIL_LIMIT_SMTP_ACCEPT_MAX),
                        max,
                        why);
}

int mail_limits_check(const MailLimits *limits, Failure *reterr) {
        int r;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                if (!limits->set[i])
                        continue;

                r =
                                check_bounds((MailLimit) i,
                                             mail_limit_infos[i].type == MAIL_LIMIT_TYPE_HOSTS
                                                             ? limits->hosts[i].count
                                                             : limits->value[i],
                                             reterr);
                if (r < 0)
                        return r;
        }

        r = check_no_limit(limits, reterr);
        if (r < 0)
                return r;
        r =
                        check_below_max(limits,
                                        MAIL_LIMIT_SMTP_ACCEPT_RESERVE,
                                        "Exim would refuse every connection",
                                        reterr);
        if (r < 0)
                return r;
        r = check_below_max(
                        limits, MAIL_LIMIT_SMTP_ACCEPT_QUEUE, "it would never be reached", reterr);
        if (r < 0)
                return r;

        if (limits->set[MAIL_LIMIT_SMTP_RESERVE_HOSTS] &&
            !is_on(limits, MAIL_LIMIT_SMTP_ACCEPT_RESERVE))
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: needs %s, the number of connections that are reserved",
                                key_of(MAIL_LIMIT_SMTP_RESERVE_HOSTS),
                                key_of(MAIL_LIMIT_SMTP_ACCEPT_RESERVE));
        /* false is enough: who turns it off for a while keeps the list */
        if (limits->set[MAIL_LIMIT_RELAY_EXCEPTIONS] && !limits->set[MAIL_LIMIT_REQUIRE_AUTH])
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: needs %s, from which they are excepted",
                                key_of(MAIL_LIMIT_RELAY_EXCEPTIONS),
                                key_of(MAIL_LIMIT_REQUIRE_AUTH));

        return 0;
}
