/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/rights.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

static bool names_limits(const PolicyChange *change) {
        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (change->reset[i])
                        return true;

        return change->replace || change->named[POLICY_KEY_MAIL_LIMITS];
}

/* Another key than those that have an action of their own. */
static bool names_policy(const PolicyChange *change) {
        for (PolicyKey key = 0; key < _POLICY_KEY_MAX; key++)
                if (change->named[key] && key != POLICY_KEY_ENABLED &&
                    key != POLICY_KEY_MAIL_LIMITS)
                        return true;

        return false;
}

bool rights_change_is_empty(const PolicyChange *change) {
        for (PolicyKey key = 0; key < _POLICY_KEY_MAX; key++)
                if (change->named[key])
                        return false;

        return true;
}

void rights_of_job(
                const char *action, const JobRequest *request, const char *ret_actions[static 3]) {
        const PolicyChange *change = &request->change;
        bool limits = request->kind == JOB_ROLLBACK || names_limits(change);
        size_t count = 0;

        if (action) {
                ret_actions[count++] = action;
                if (string_equal(action, SMTP_RESTRICTIONS_ACTION_SET_POLICY) && limits)
                        ret_actions[count++] = SMTP_RESTRICTIONS_ACTION_SET_MAIL_LIMITS;
                return;
        }

        if (change->named[POLICY_KEY_ENABLED])
                ret_actions[count++] = change->values.enabled ? SMTP_RESTRICTIONS_ACTION_ENABLE
                                                              : SMTP_RESTRICTIONS_ACTION_DISABLE;
        if (limits)
                ret_actions[count++] = SMTP_RESTRICTIONS_ACTION_SET_MAIL_LIMITS;
        if (names_policy(change) || count == 0)
                ret_actions[count++] = SMTP_RESTRICTIONS_ACTION_SET_POLICY;
}
