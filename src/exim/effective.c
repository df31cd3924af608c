/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "exim/effective.h"
#include "exim/options.h"
#include "exim/output.h"

enum { MAX, RESERVE, QUEUE };

const char *const exim_effective_options[EXIM_EFFECTIVE_OPTIONS] = {
        [MAX] = "smtp_accept_max",
        [RESERVE] = "smtp_accept_reserve",
        [QUEUE] = "smtp_accept_queue",
};

static const char *key_of(MailLimit limit) {
        return mail_limit_infos[limit].key;
}

/* What Exim would use; 0, which is "off" for all of them, if it is not said or negative. */
static uint64_t effective(const char *output, const char *option) {
        CLEANUP(freep) char *value = NULL;
        uint64_t number = 0;

        if (exim_option_parse(output, option, &value) < 0 || exim_number_parse(value, &number) < 0)
                return 0;

        return number;
}

static int refuse(
                MailLimit ours,
                uint64_t value,
                const char *relation,
                const char *option,
                uint64_t other,
                const char *why,
                Failure *reterr) {
        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: %" PRIu64 " is not %s %s, which is %" PRIu64
                        " in Exim's own configuration: %s",
                        key_of(ours),
                        value,
                        relation,
                        option,
                        other,
                        why);
}

int exim_effective_check(const MailLimits *limits, const char *output, Failure *reterr) {
        static const char everybody[] = "Exim would refuse every connection";
        uint64_t max = effective(output, exim_effective_options[MAX]);
        uint64_t reserve = effective(output, exim_effective_options[RESERVE]);
        uint64_t queue = effective(output, exim_effective_options[QUEUE]);

        if (max == 0)
                return 0;

        if (reserve >= max && limits->set[MAIL_LIMIT_SMTP_ACCEPT_RESERVE])
                return refuse(MAIL_LIMIT_SMTP_ACCEPT_RESERVE,
                              reserve,
                              "below",
                              exim_effective_options[MAX],
                              max,
                              everybody,
                              reterr);
        if (reserve >= max && limits->set[MAIL_LIMIT_SMTP_ACCEPT_MAX])
                return refuse(MAIL_LIMIT_SMTP_ACCEPT_MAX,
                              max,
                              "above",
                              exim_effective_options[RESERVE],
                              reserve,
                              everybody,
                              reterr);
        if (queue >= max && limits->set[MAIL_LIMIT_SMTP_ACCEPT_QUEUE])
                return refuse(MAIL_LIMIT_SMTP_ACCEPT_QUEUE,
                              queue,
                              "below",
                              exim_effective_options[MAX],
                              max,
                              "it would never be reached",
                              reterr);

        return 0;
}

int exim_effective_explain(const MailLimits *limits, const char *words, Failure *reterr) {
        static const MailLimit needing[] = {
                MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST,
                MAIL_LIMIT_SMTP_ACCEPT_QUEUE,
        };

        if (!strstr(words, "smtp_accept_max must be set if"))
                return 0;

        if (limits->set[MAIL_LIMIT_SMTP_ACCEPT_MAX])
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: 0 (no limit) is not possible while smtp_accept_queue or "
                                "smtp_accept_max_per_host is set in Exim's own configuration: "
                                "Exim does not start then",
                                key_of(MAIL_LIMIT_SMTP_ACCEPT_MAX));

        for (size_t i = 0; i < ELEMENTS_OF(needing); i++)
                if (limits->set[needing[i]])
                        return failure_set(
                                        reterr,
                                        -EINVAL,
                                        FAILURE_INVALID_VALUE,
                                        "%s: is not possible while smtp_accept_max is 0 (no "
                                        "limit) in Exim's own configuration: Exim does not start "
                                        "then; set %s too",
                                        key_of(needing[i]),
                                        key_of(MAIL_LIMIT_SMTP_ACCEPT_MAX));

        return 0;
}
