/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Log lines. Under systemd they go to the journal with priority and message id, else to standard
 * error. util, policy and every pure file never log (style guide): the first function able to say
 * what the service wanted logs, once.
 */

#include <syslog.h>

#include "util/macro.h"

/* Ids of messages with a catalog text (systemd/smtp-restrictions.catalog). */
#define LOG_ID_RECOVERED       "3e1f0d0c6a4b4f7e9a53b5f1c8a24d01"
#define LOG_ID_ROLLED_BACK     "3e1f0d0c6a4b4f7e9a53b5f1c8a24d02"
#define LOG_ID_CALL_REFUSED    "3e1f0d0c6a4b4f7e9a53b5f1c8a24d03"
#define LOG_ID_POLICY_FILE     "3e1f0d0c6a4b4f7e9a53b5f1c8a24d04"
#define LOG_ID_POLICY_CHANGED  "3e1f0d0c6a4b4f7e9a53b5f1c8a24d05"
#define LOG_ID_RELOAD_UNPROVEN "3e1f0d0c6a4b4f7e9a53b5f1c8a24d06"
#define LOG_ID_FOREIGN_EDIT    "3e1f0d0c6a4b4f7e9a53b5f1c8a24d07"
#define LOG_ID_EXCEPTION       "3e1f0d0c6a4b4f7e9a53b5f1c8a24d20"
#define LOG_ID_TRIAL_OVER      "3e1f0d0c6a4b4f7e9a53b5f1c8a24d08"
#define LOG_ID_TABLE_DAMAGED   "3e1f0d0c6a4b4f7e9a53b5f1c8a24d10"

#define LOG_ID_ATTEMPT "3e1f0d0c6a4b4f7e9a53b5f1c8a24d40"

/* Decide once, at start: the journal if standard error is connected to it. */
void log_open(void);

/* `id` may be NULL. `error` is a negative errno for %m, or 0. Returns `error`. */
int log_write(int priority, const char *id, int error, const char *format, ...) PRINTF_LIKE(4, 5);

/* With fields of its own for the journal, ended by one without a name. */
typedef struct LogField {
        const char *name;
        const char *value;
} LogField;

#define LOG_FIELDS_MAX 8
void log_write_fields(
                int priority, const char *id, const LogField fields[], const char *format, ...)
                PRINTF_LIKE(4, 5);

#define log_error_errno(error, ...)   log_write(LOG_ERR, NULL, (error), __VA_ARGS__)
#define log_warning_errno(error, ...) log_write(LOG_WARNING, NULL, (error), __VA_ARGS__)
#define log_error(...)                ((void) log_write(LOG_ERR, NULL, 0, __VA_ARGS__))
#define log_warning(...)              ((void) log_write(LOG_WARNING, NULL, 0, __VA_ARGS__))
#define log_notice(...)               ((void) log_write(LOG_NOTICE, NULL, 0, __VA_ARGS__))
#define log_info(...)                 ((void) log_write(LOG_INFO, NULL, 0, __VA_ARGS__))
#define log_debug(...)                ((void) log_write(LOG_DEBUG, NULL, 0, __VA_ARGS__))
