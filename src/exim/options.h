/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which main option of Exim keeps each mail limit. Pure. */

#include "policy/mail-limits.h"
#include "util/text.h"

/* limits, and pointers of hooks (exim/hooks.h) */
#define EXIM_SETTINGS_MAX (_MAIL_LIMIT_MAX + 8)

/* One option as it shall stand in the configuration. */
typedef struct EximSetting {
        const char *option;       /* static: or the macro by which it is set */
        const char *macro;        /* static: the one by which Debian's template sets it, or NULL */
        const char *shown;        /* static: the option in which Exim shows the value */
        const char *key;          /* static: the limit's name on the bus */
        const MailLimits *limits; /* borrowed: they hold the value */
        MailLimit limit;
        const char *pointer; /* borrowed: the value itself, of a hook; NULL: that of the limit */
        bool redefines;      /* a macro that may be defined already */
} EximSetting;

typedef struct EximSettings {
        EximSetting items[EXIM_SETTINGS_MAX];
        size_t count;
        bool take_macros;         /* a definition of .macro sets the option as well */
        const MailLimits *limits; /* borrowed; NULL: no settings */
} EximSettings;

/* NULL: it is none that Exim has. */
const char *exim_option_of_limit(MailLimit limit);

/* The options of all limits that are set, but of hooks. They must live as long as the settings. */
EximSettings exim_settings_of_limits(const MailLimits *limits);

/* Is it the option itself, rather than a macro that sets it? */
bool exim_setting_is_option(const EximSetting *setting);

/* The value as Exim reads it, and the whole line, or lines, without the last newline. */
void exim_setting_append_value(const EximSetting *setting, Text *text);
void exim_setting_append_line(const EximSetting *setting, Text *text);
