/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A message as it is kept on disk: what it counts, since when, for whom. Its key can begin
 * with its time, so that those that are too old come first. Pure.
 */

#include "meter/subject.h"
#include "util/message-id.h"

typedef enum RecordState {
        RECORD_OPEN,      /* answered "ok", not yet in the log */
        RECORD_OPEN_HELD, /* answered "hold", likewise */
        RECORD_UNASKED,   /* the log has our verdict of it, but it was not we who gave it */
        RECORD_UNASKED_HELD,
        RECORD_HELD,      /* accepted, waits for room */
        RECORD_COUNTED,   /* at that time */
        RECORD_DISCARDED, /* was held, is being removed */
        RECORD_RESET,     /* no message: what was counted for that name up to then does not count */
        _RECORD_STATE_MAX,
} RecordState;

typedef struct MeterRecord {
        RecordState state;
        char id[MESSAGE_ID_SIZE];
        uint32_t time_sec;
        uint32_t recipients;
        bool has_uid;
        uint32_t uid;
        const char *names[_SUBJECT_KIND_MAX]; /* borrowed; empty: none of that kind */
} MeterRecord;

#define RECORD_KEY_MAX   (sizeof(uint32_t) + MESSAGE_ID_MAX)
#define RECORD_VALUE_MAX (16 + (size_t) _SUBJECT_KIND_MAX * SUBJECT_NAME_SIZE)

/* Return: the size. `order_sec` decides in which order they are read, and is nothing else. */
size_t record_encode_key(
                const MeterRecord *record, uint32_t order_sec, uint8_t ret[static RECORD_KEY_MAX]);
size_t record_encode_value(const MeterRecord *record, uint8_t ret[static RECORD_VALUE_MAX]);

/* The names point into the value. Return: 0, or -EINVAL if it is none of the above. */
WARN_UNUSED int record_decode(
                const uint8_t *key,
                size_t key_size,
                const uint8_t *value,
                size_t value_size,
                MeterRecord *ret);
