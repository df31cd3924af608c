/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "policy/host.h"
#include "policy/policy.h"
#include "util/text.h"

static int check_bounds(MailLimit limit, uint64_t value, Failure *reterr) {
        const MailLimitInfo *info = &mail_limit_infos[limit];

        if (value >= info->min && value <= info->max)
                return 0;
        if (info->is_rate && value == 0)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: 0 is not between %" PRIu64 " and %" PRIu64
                                "; ResetMailLimits for no limit, DeniedMailUsers to forbid",
                                info->key,
                                info->min,
                                info->max);

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: %" PRIu64 "%s not between %" PRIu64 " and %" PRIu64,
                        info->key,
                        value,
                        mail_limit_is_list(limit) ? " entries are" : " is",
                        info->min,
                        info->max);
}

void mail_limits_done(MailLimits *limits) {
        if (!limits)
                return;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                string_list_done(&limits->lists[i]);
        *limits = (MailLimits){};
}

void mail_limits_unset(MailLimits *limits, MailLimit limit) {
        string_list_done(&limits->lists[limit]);
        limits->value[limit] = 0;
        limits->set[limit] = false;
}

int mail_limits_take_over(MailLimits *limits, MailLimit limit, const MailLimits *from) {
        CLEANUP(string_list_done) StringList list = {};
        int r;

        if (from->set[limit]) {
                r = string_list_copy(&from->lists[limit], &list);
                if (r < 0)
                        return r;
        }

        string_list_done(&limits->lists[limit]);
        limits->lists[limit] = list;
        list = (StringList){};
        limits->value[limit] = from->set[limit] ? from->value[limit] : 0;
        limits->set[limit] = from->set[limit];
        return 0;
}

int mail_limits_copy(const MailLimits *limits, MailLimits *ret) {
        CLEANUP(mail_limits_done) MailLimits copy = { .has_subjects = limits->has_subjects };

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
        assert(!mail_limit_is_list(limit));

        r = check_bounds(limit, value, reterr);
        if (r < 0)
                return r;

        limits->value[limit] = value;
        limits->set[limit] = true;
        return 0;
}

int mail_limits_set_choice(MailLimits *limits, MailLimit limit, const char *word, Failure *reterr) {
        const MailLimitInfo *info = &mail_limit_infos[limit];
        CLEANUP(freep) char *quoted = NULL;
        CLEANUP(freep) char *words = NULL;
        CLEANUP(text_done) Text text = {};

        assert(info->type == MAIL_LIMIT_TYPE_CHOICE);

        for (uint64_t i = 0; i <= info->max; i++) {
                if (string_equal(word, info->choices[i]))
                        return mail_limits_set(limits, limit, i, reterr);
                text_append_format(&text, "%s'%s'", i > 0 ? ", " : "", info->choices[i]);
        }

        quoted = string_quote(word, strlen(word), 64);
        if (text_finish(&text, &words, NULL) < 0)
                words = NULL;
        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: '%s' is none of %s",
                        info->key,
                        quoted ?: "?",
                        words ?: "its values");
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

/* Append an entry as it is kept. */
static int add_entry(MailLimit limit, const char *entry, StringList *list, Failure *reterr) {
        const MailLimitInfo *info = &mail_limit_infos[limit];
        CLEANUP(freep) char *host = NULL;
        int r;

        if (info->type == MAIL_LIMIT_TYPE_USERS) {
                r = policy_check_name(info->key, entry, reterr);
                return r < 0 ? r : string_list_append(list, entry);
        }

        r = host_normalize(entry, &host);
        if (r > 0)
                return refuse_host(info->key, entry, r, reterr);

        return r < 0 ? r : string_list_append(list, host);
}

int mail_limits_set_list(
                MailLimits *limits, MailLimit limit, const StringList *list, Failure *reterr) {
        CLEANUP(string_list_done) StringList kept = {};
        int r;

        assert(limits && limit < _MAIL_LIMIT_MAX);
        assert(mail_limit_is_list(limit));

        r = check_bounds(limit, list->count, reterr);
        for (size_t i = 0; r >= 0 && i < list->count; i++)
                r = add_entry(limit, list->items[i], &kept, reterr);
        if (r < 0)
                return r;

        string_list_sort_unique(&kept);
        string_list_done(&limits->lists[limit]);
        limits->lists[limit] = kept;
        kept = (StringList){};
        limits->set[limit] = true;
        return 0;
}

const char *mail_limits_choice(const MailLimits *limits, MailLimit limit) {
        assert(mail_limit_infos[limit].type == MAIL_LIMIT_TYPE_CHOICE);

        return mail_limit_infos[limit].choices[limits->value[limit]];
}

uint64_t mail_limits_value(const MailLimits *limits, MailLimit limit, uint64_t otherwise) {
        return limits->set[limit] ? limits->value[limit] : otherwise;
}

const char *mail_limits_meter_key(const MailLimits *limits) {
        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                /* OverLimitAction and its like say how, and not that */
                if (limits->set[i] &&
                    (mail_limit_infos[i].is_rate || i == MAIL_LIMIT_DENIED_MAIL_USERS ||
                     i == MAIL_LIMIT_FAIL_DEFER_PERCENT || i == MAIL_LIMIT_SMTP_AUTH))
                        return mail_limit_infos[i].key;

        return limits->has_subjects ? "Subjects" : NULL;
}

bool mail_limits_need_meter(const MailLimits *limits) {
        return mail_limits_meter_key(limits);
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
               string_list_equal(&a->lists[limit], &b->lists[limit]);
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

                r = check_bounds(
                                (MailLimit) i,
                                mail_limit_is_list((MailLimit) i) ? limits->lists[i].count
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
