/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which main option of Exim keeps each mail limit. Pure. */

#include "policy/mail-limits.h"

#define EXIM_OPTION_VALUE_SIZE 16 /* a uint32_t in decimal, with the NUL */

/* One option as it shall stand in the configuration. */
typedef struct EximSetting {
        const char *option; /* static */
        const char *key;    /* static: the limit's name on the bus */
        char value[EXIM_OPTION_VALUE_SIZE];
} EximSetting;

typedef struct EximSettings {
        EximSetting items[_MAIL_LIMIT_MAX];
        size_t count;
} EximSettings;

const char *exim_option_of_limit(MailLimit limit);

/* The options of all limits that are set. */
EximSettings exim_settings_of_limits(const MailLimits *limits);
