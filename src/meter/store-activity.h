/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the durable store has of meter/activity.h: its slots. */

#include "meter/activity-record.h"
#include "meter/store.h"

/* All of them. Return: 0, STORE_E_DAMAGED, a negative errno, what the handler returned. */
typedef int (*StoreActivityHandler)(const ActivityRecord *record, void *userdata);
WARN_UNUSED int store_read_activity(Store *store, StoreActivityHandler handler, void *userdata);

/* In a transaction, as all changes are. `value` NULL: the slot is empty again. */
WARN_UNUSED int store_put_activity(
                Store *store,
                const uint8_t key[static ACTIVITY_KEY_SIZE],
                const uint8_t *value,
                size_t value_size);
