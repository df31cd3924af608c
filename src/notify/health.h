/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is new in an answer of Status: health, and problems that were not there before. Pure. */

#include <jansson.h>

#include "util/macro.h"

typedef struct Health {
        json_t *problems; /* owned: ids as keys */
        char *health;     /* owned; NULL: nothing is known yet */
        bool told;        /* that it was not ok */
} Health;

void health_done(Health *health);

/*
 * `ret_events` has what is to be told, in the form of notify/event.h; the caller owns it. What was
 * so before this program looked for the first time is news only if health is failed; that all is
 * well, only if something else was told before. `ret_over` is whether all is well now. Return: 0;
 * -EINVAL if it is no such answer, -ENOMEM.
 */
WARN_UNUSED int health_compare(
                Health *health, const json_t *status, json_t **ret_events, bool *ret_over);
