/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>

#include "exim/options.h"

/*
 * Exim replaces macros, which begin with an upper-case letter, anywhere in a line: these names and
 * the values, digits, lower-case addresses and paths, cannot be hit.
 */
static const char *const options[_MAIL_LIMIT_MAX] = {
        [MAIL_LIMIT_SMTP_ACCEPT_MAX] = "smtp_accept_max",
        [MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_HOST] = "smtp_accept_max_per_host",
        [MAIL_LIMIT_SMTP_ACCEPT_MAX_PER_CONNECTION] = "smtp_accept_max_per_connection",
        [MAIL_LIMIT_SMTP_ACCEPT_QUEUE] = "smtp_accept_queue",
        [MAIL_LIMIT_SMTP_ACCEPT_RESERVE] = "smtp_accept_reserve",
        [MAIL_LIMIT_SMTP_RESERVE_HOSTS] = "smtp_reserve_hosts",
        [MAIL_LIMIT_RECIPIENTS_MAX] = "recipients_max",
        [MAIL_LIMIT_MESSAGE_SIZE_LIMIT] = "message_size_limit",
};

const char *exim_option_of_limit(MailLimit limit) {
        assert(limit < _MAIL_LIMIT_MAX);

        return options[limit];
}

EximSettings exim_settings_of_limits(const MailLimits *limits) {
        EximSettings settings = { .limits = limits };

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (limits->set[i] && options[i])
                        settings.items[settings.count++] = (EximSetting){
                                .option = options[i],
                                .shown = options[i],
                                .macro = i == MAIL_LIMIT_MESSAGE_SIZE_LIMIT ? "MESSAGE_SIZE_LIMIT"
                                                                            : NULL,
                                .key = mail_limit_infos[i].key,
                                .limits = limits,
                                .limit = i,
                        };

        return settings;
}

bool exim_setting_is_option(const EximSetting *setting) {
        return strcmp(setting->option, setting->shown) == 0;
}

void exim_setting_append_value(const EximSetting *setting, Text *text) {
        const StringList *hosts = &setting->limits->lists[setting->limit];

        if (setting->pointer) {
                text_append_string(text, setting->pointer);
                return;
        }
        if (!mail_limit_is_list(setting->limit)) {
                text_append_format(text, "%" PRIu64, setting->limits->value[setting->limit]);
                return;
        }

        /* With its usual separator Exim would take "::1" for two items. */
        text_append_string(text, "<;");
        for (size_t i = 0; i < hosts->count; i++)
                text_append_format(text, "%s%s", i > 0 ? " ; " : " ", hosts->items[i]);
}

void exim_setting_append_line(const EximSetting *setting, Text *text) {
        if (setting->redefines)
                text_append_format(
                                text,
                                ".ifdef %s\n%s == %s\n.else\n",
                                setting->option,
                                setting->option,
                                setting->pointer);
        text_append_format(text, "%s = ", setting->option);
        exim_setting_append_value(setting, text);
        if (setting->redefines)
                text_append_string(text, "\n.endif");
}
