/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which main option of Exim keeps each mail limit. Pure. */

#include "policy/mail-limits.h"
#include "util/text.h"

/* One option as it shall stand in the configuration. */
typedef struct EximSetting {
        const char *option;       /* static */
        const char *macro;        /* static: the one by which Debian's template sets it, or NULL */
        const char *key;          /* static: the limit's name on the bus */
        const MailLimits *limits; /* borrowed: they hold the value */
        MailLimit limit;
} EximSetting;

typedef struct EximSettings {
        EximSetting items[_MAIL_LIMIT_MAX];
        size_t count;
        bool take_macros; /* a definition of .macro sets the option as well */
} EximSettings;

const char *exim_option_of_limit(MailLimit limit);

/* The options of all limits that are set. They must live as long as the settings. */
EximSettings exim_settings_of_limits(const MailLimits *limits);

/* The value as Exim reads it, and the whole line without its newline. */
void exim_setting_append_value(const EximSetting *setting, Text *text);
void exim_setting_append_line(const EximSetting *setting, Text *text);
