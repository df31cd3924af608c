/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Who changed what was in force last, and how it went: LastChange of Status. Pure. */

#include <jansson.h>

#include "util/macro.h"

typedef struct LastChange {
        uint64_t when_usec; /* CLOCK_REALTIME; 0: none yet */
        char *action;       /* owned: the method's name, or "recovery" */
        uint32_t uid;
        char *user;    /* owned; NULL when unknown */
        char *outcome; /* owned: "done", or the error's name without its prefix */
} LastChange;

void last_change_done(LastChange *change);
WARN_UNUSED int last_change_copy(const LastChange *change, LastChange *ret);

/* The caller owns the reference. NULL when out of memory. */
json_t *last_change_to_json(const LastChange *change);
/* What is missing or of another type is left empty: nothing depends on it. Return: 0 or -ENOMEM. */
WARN_UNUSED int last_change_from_json(const json_t *json, LastChange *ret);
