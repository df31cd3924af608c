/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meter/bytes.h"
#include "meter/record.h"

/* 0: version, 1: state, 2: has_uid, 3: 0, 4: recipients, 8: uid, 12: time, then three names with
 * their NULs. Numbers are big-endian. */
#define VERSION    1
#define NAMES_FROM 16

size_t record_encode_key(
                const MeterRecord *record, uint32_t order_sec, uint8_t ret[static RECORD_KEY_MAX]) {
        size_t size = strlen(record->id);

        bytes_put_u32(ret, order_sec);
        memcpy(ret + sizeof(uint32_t), record->id, size);
        return sizeof(uint32_t) + size;
}

size_t record_encode_value(const MeterRecord *record, uint8_t ret[static RECORD_VALUE_MAX]) {
        size_t size = NAMES_FROM;

        ret[0] = VERSION;
        ret[1] = (uint8_t) record->state;
        ret[2] = record->has_uid;
        ret[3] = 0;
        bytes_put_u32(ret + 4, record->recipients);
        bytes_put_u32(ret + 8, record->uid);
        bytes_put_u32(ret + 12, record->time_sec);
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                size_t name_size = strlen(record->names[i]) + 1;

                assert(name_size <= SUBJECT_NAME_SIZE);
                memcpy(ret + size, record->names[i], name_size);
                size += name_size;
        }

        return size;
}

/* The next name, which ends with a NUL. */
static const char *take_name(const uint8_t **position, const uint8_t *end) {
        const uint8_t *name = *position;
        const uint8_t *nul = memchr(name, 0, (size_t) (end - name));

        if (!nul || nul - name > SUBJECT_NAME_MAX)
                return NULL;

        *position = nul + 1;
        return (const char *) name;
}

int record_decode(
                const uint8_t *key,
                size_t key_size,
                const uint8_t *value,
                size_t value_size,
                MeterRecord *ret) {
        MeterRecord record = {};
        const uint8_t *position;

        if (key_size < sizeof(uint32_t) || key_size > RECORD_KEY_MAX || value_size < NAMES_FROM ||
            value[0] != VERSION || value[1] >= _RECORD_STATE_MAX || value[2] > 1)
                return -EINVAL;

        key_size -= sizeof(uint32_t);
        memcpy(record.id, key + sizeof(uint32_t), key_size);
        if (!message_id_is_valid(record.id, key_size))
                return -EINVAL;

        record.state = (RecordState) value[1];
        record.has_uid = value[2] > 0;
        record.recipients = bytes_get_u32(value + 4);
        record.uid = bytes_get_u32(value + 8);
        record.time_sec = bytes_get_u32(value + 12);
        position = value + NAMES_FROM;
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                record.names[i] = take_name(&position, value + value_size);
                if (!record.names[i])
                        return -EINVAL;
        }
        if (position != value + value_size)
                return -EINVAL;

        *ret = record;
        return 0;
}
