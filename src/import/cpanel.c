/* SPDX-License-Identifier: GPL-2.0-or-later */

/* cpanel.config of cPanel & WHM: NAME=VALUE, as its Tweak Settings write it. */

#include <errno.h>

#include "import/lines.h"
#include "import/values.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

enum {
        RESTRICT,
        HOURLY,
        QUEUE_PERCENT,
        COUNT_MAILMAN,
        FAIL_PERCENT,
        FAIL_MINIMUM,
        NOBODY,
        DAILY_NOTIFY,
        SPAM_DETECT,
        SPAM_ACTION,
        POP_BEFORE_SMTP,
        _NAME_MAX,
};

static const char *const names[_NAME_MAX] = {
        [RESTRICT] = "smtpmailgidonly",
        [HOURLY] = "maxemailsperhour",
        [QUEUE_PERCENT] = "email_send_limits_defer_cutoff",
        [COUNT_MAILMAN] = "email_send_limits_count_mailman",
        [FAIL_PERCENT] = "email_send_limits_max_defer_fail_percentage",
        [FAIL_MINIMUM] = "email_send_limits_min_defer_fail_to_trigger_protection",
        [NOBODY] = "nobodyspam",
        [DAILY_NOTIFY] = "emailsperdaynotify",
        [SPAM_DETECT] = "email_outbound_spam_detect_enable",
        [SPAM_ACTION] = "email_outbound_spam_detect_action",
        [POP_BEFORE_SMTP] = "popbeforesmtp",
};

static const NumberBounds rate = { 1, SMTP_RESTRICTIONS_RATE_MAX };
static const NumberBounds over_percent = { SMTP_RESTRICTIONS_OVER_LIMIT_PERCENT_MIN,
                                           SMTP_RESTRICTIONS_OVER_LIMIT_PERCENT_MAX };
static const NumberBounds fail_percent = { 1, SMTP_RESTRICTIONS_FAIL_DEFER_PERCENT_MAX };
static const NumberBounds fail_minimum = { 1, SMTP_RESTRICTIONS_FAIL_DEFER_MINIMUM_MAX };

static bool is_on(Import *import, const char *const values[], size_t name) {
        return import_read_flag(import, names[name], values[name]) == TRISTATE_TRUE;
}

/* Return: whether it is limited. */
static bool set_number(
                Import *import,
                const char *const values[],
                size_t name,
                const NumberBounds *bounds,
                const char *key) {
        uint64_t number;

        if (!import_read_number(import, names[name], values[name], bounds, &number))
                return false;

        import_set_limit(import, key, json_integer((json_int_t) number));
        return true;
}

/* The settings that say how a limit works are kept where there is a limit alone: each of them would
 * have our hooks in Exim for nothing. */
static void set_limits(Import *import, const char *const values[]) {
        if (set_number(import, values, HOURLY, &rate, SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_DOMAIN)) {
                (void) set_number(
                                import,
                                values,
                                QUEUE_PERCENT,
                                &over_percent,
                                SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_PERCENT);
                if (is_on(import, values, COUNT_MAILMAN))
                        import_set_limit(
                                        import, SMTP_RESTRICTIONS_LIMIT_COUNT_MAILMAN, json_true());
        }
        if (set_number(import,
                       values,
                       FAIL_PERCENT,
                       &fail_percent,
                       SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_PERCENT))
                (void) set_number(
                                import,
                                values,
                                FAIL_MINIMUM,
                                &fail_minimum,
                                SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_MINIMUM);
        if (is_on(import, values, NOBODY))
                import_set_limit(
                                import,
                                SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS,
                                json_pack("[s]", "nobody"));
}

static void remark_what_has_no_equal(Import *import, const char *const values[]) {
        const char *action = values[SPAM_ACTION] ?: "noaction";
        uint64_t number;

        if (import_read_number(import, names[DAILY_NOTIFY], values[DAILY_NOTIFY], &rate, &number))
                import_remark(import,
                              names[DAILY_NOTIFY],
                              values[DAILY_NOTIFY],
                              "DailyRecipientsPerDomain limits, with OverLimitAction=observe it "
                              "only tells");
        if (is_on(import, values, SPAM_DETECT) && !string_equal(action, "noaction"))
                import_remark(import,
                              names[SPAM_ACTION],
                              action,
                              "Distinct recipients are not counted; HourlyRecipientsPerMailbox "
                              "limits all of a mailbox");
        if (is_on(import, values, POP_BEFORE_SMTP))
                import_remark(import,
                              names[POP_BEFORE_SMTP],
                              values[POP_BEFORE_SMTP],
                              "Who reads mail may not send for that here; RequireAuth ends it "
                              "in Exim too");
}

int import_cpanel(Import *import, char *text, size_t size, Failure *reterr) {
        const char *values[_NAME_MAX];
        Tristate restricts;

        if (settings_find(text, size, names, _NAME_MAX, values) == 0)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "it has none of smtpmailgidonly, maxemailsperhour and their like, "
                                "so it is no cpanel.config");

        restricts = import_read_flag(import, names[RESTRICT], values[RESTRICT]);
        if (restricts != TRISTATE_UNSET)
                import_set(import, SMTP_RESTRICTIONS_KEY_ENABLED, json_boolean(restricts));
        if (restricts == TRISTATE_TRUE)
                import_set_ports(import, names[RESTRICT], "25,465,587", true);
        set_limits(import, values);
        remark_what_has_no_equal(import, values);
        return 0;
}
