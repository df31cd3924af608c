/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where in the log the last hour begins, by the times of its lines: somewhat before that. Pure. */

#include "meter/store.h"

#define LOG_HOUR_SEC 3600
#define LOG_HOUR_MAX 64 /* one in a minute, and room */

/* Begins as {}. The oldest first. */
typedef struct LogHour {
        StorePlace places[LOG_HOUR_MAX];
        size_t count;
} LogHour;

/* So far it was read. In the order of the log. */
void log_hour_add(LogHour *hour, const StorePlace *place);

/* Not set while it is not known: less than an hour was added. */
StorePlace log_hour_begin(const LogHour *hour);
