/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>

#include "exim/options.h"

/*
 * Exim replaces macros, which begin with an upper-case letter, anywhere in a line: these names and
 * plain numbers are lower case and so cannot be hit.
 */
static const char *const options[_MAIL_LIMIT_MAX] = {
        [MAIL_LIMIT_SMTP_ACCEPT_MAX] = "smtp_accept_max",
        [MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST] = "smtp_accept_max_per_host",
        [MAIL_LIMIT_RECIPIENTS_MAX] = "recipients_max",
};

const char *exim_option_of_limit(MailLimit limit) {
        assert(limit < _MAIL_LIMIT_MAX && options[limit]);

        return options[limit];
}

EximSettings exim_settings_of_limits(const MailLimits *limits) {
        EximSettings settings = {};

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++) {
                EximSetting *setting = &settings.items[settings.count];

                if (!limits->set[i])
                        continue;

                setting->option = exim_option_of_limit(i);
                setting->key = mail_limit_infos[i].key;
                (void) snprintf(setting->value,
                                sizeof(setting->value),
                                "%" PRIu32,
                                limits->value[i]);
                settings.count++;
        }

        return settings;
}
