/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How the activity goes to the disk, and comes back. Pure. */

#include "meter/activity.h"

/*
 * Hand out the slots that have changed: their new value, or none (`value` NULL). Until
 * activity_written() there can be no second call. Return: 0, or what the handler returned; then
 * nothing counts as handed out.
 */
typedef int (*ActivitySlotHandler)(
                const uint8_t key[static ACTIVITY_KEY_SIZE],
                const uint8_t *value,
                size_t value_size,
                void *userdata);
WARN_UNUSED int activity_collect(Activity *activity, ActivitySlotHandler handler, void *userdata);
void activity_written(Activity *activity, bool success);

/* As it was kept, before anything is added; then, once, activity_end_load(). Return: 0 or -ENOMEM.
 */
WARN_UNUSED int activity_load(Activity *activity, const ActivityRecord *record);
WARN_UNUSED int activity_end_load(Activity *activity);
