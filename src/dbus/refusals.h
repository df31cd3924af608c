/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Refused calls in the log, at a bounded rate: a user must not be able to fill it. */

#include "util/macro.h"

#define REFUSALS_PER_MINUTE 10

typedef struct Refusals {
        uint64_t window_usec; /* when the present minute began; CLOCK_MONOTONIC */
        unsigned logged;
        unsigned kept_back;
} Refusals;

/* `why` is our own text or quoted. */
void refusals_log(Refusals *refusals, uint32_t uid, const char *method, const char *why);
