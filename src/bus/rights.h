/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which polkit actions a call needs, where that depends on what it changes. Pure. */

#include "core/job.h"

/* Names it no key at all? */
bool rights_change_is_empty(const PolicyChange *change);

/*
 * `action` is that of the method; NULL: those of what it changes. The array is all NULL before;
 * behind the last action it stays so.
 */
void rights_of_job(
                const char *action, const JobRequest *request, const char *ret_actions[static 3]);
