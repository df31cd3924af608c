/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>

#include "meter/activity-record.h"
#include "meter/bytes.h"

/* 0: version, 1: how many days, 2: how many addresses, 3: 0, 4: the last time; then the days and
 * addresses that there are; the rest is the name. Numbers are big-endian. */
#define VERSION   1
#define HEAD_SIZE ((size_t) 8)

#define DAY_SIZE     ((size_t) 16)
#define ADDRESS_SIZE ((size_t) 20)

void activity_encode_key(SubjectKind kind, uint32_t slot, uint8_t ret[static ACTIVITY_KEY_SIZE]) {
        ret[0] = (uint8_t) kind;
        bytes_put_u32(ret + 1, slot);
}

static void encode_day(const ActivityDay *day, uint8_t *ret) {
        bytes_put_u32(ret, day->day);
        bytes_put_u32(ret + 4, day->messages);
        bytes_put_u32(ret + 8, day->recipients);
        bytes_put_u32(ret + 12, day->auth_messages);
}

size_t activity_encode_value(const ActivityRecord *record, uint8_t ret[static ACTIVITY_VALUE_MAX]) {
        size_t size = HEAD_SIZE, name_size = strlen(record->name);

        assert(name_size <= SUBJECT_NAME_MAX);
        memset(ret, 0, HEAD_SIZE);
        ret[0] = VERSION;
        bytes_put_u32(ret + 4, record->last_sec);

        for (size_t i = 0; i < ACTIVITY_DAYS; i++) {
                if (record->days[i].day == 0)
                        continue;
                encode_day(&record->days[i], ret + size);
                size += DAY_SIZE;
                ret[1]++;
        }
        for (size_t i = 0; i < ACTIVITY_ADDRESSES_MAX; i++) {
                const ActivityAddress *address = &record->addresses[i];

                if (address->time_sec == 0)
                        continue;
                bytes_put_u32(ret + size, address->time_sec);
                memcpy(ret + size + 4, &address->address, sizeof(address->address));
                size += ADDRESS_SIZE;
                ret[2]++;
        }

        memcpy(ret + size, record->name, name_size);
        return size + name_size;
}

static int decode_day(const uint8_t *bytes, ActivityRecord *record) {
        const ActivityDay day = {
                .day = bytes_get_u32(bytes),
                .messages = bytes_get_u32(bytes + 4),
                .recipients = bytes_get_u32(bytes + 8),
                .auth_messages = bytes_get_u32(bytes + 12),
        };
        ActivityDay *at = &record->days[day.day % ACTIVITY_DAYS];

        if (day.day == 0 || at->day != 0)
                return -EINVAL;

        *at = day;
        return 0;
}

static int decode_name(const uint8_t *bytes, size_t size, char ret[static SUBJECT_NAME_SIZE]) {
        if (size == 0 || size > SUBJECT_NAME_MAX || memchr(bytes, 0, size))
                return -EINVAL;

        memcpy(ret, bytes, size);
        ret[size] = 0;
        return 0;
}

int activity_decode(
                const uint8_t *key,
                size_t key_size,
                const uint8_t *value,
                size_t value_size,
                char ret_name[static SUBJECT_NAME_SIZE],
                ActivityRecord *ret) {
        ActivityRecord record = { .name = ret_name };
        size_t at = HEAD_SIZE;
        int r;

        if (key_size != ACTIVITY_KEY_SIZE || key[0] >= _SUBJECT_KIND_MAX ||
            value_size < HEAD_SIZE || value[0] != VERSION || value[1] > ACTIVITY_DAYS ||
            value[2] > ACTIVITY_ADDRESSES_MAX ||
            value_size < HEAD_SIZE + value[1] * DAY_SIZE + value[2] * ADDRESS_SIZE)
                return -EINVAL;

        record.kind = (SubjectKind) key[0];
        record.slot = bytes_get_u32(key + 1);
        record.last_sec = bytes_get_u32(value + 4);
        for (size_t i = 0; i < value[1]; i++, at += DAY_SIZE) {
                r = decode_day(value + at, &record);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < value[2]; i++, at += ADDRESS_SIZE) {
                ActivityAddress *address = &record.addresses[i];

                address->time_sec = bytes_get_u32(value + at);
                memcpy(&address->address, value + at + 4, sizeof(address->address));
        }

        r = decode_name(value + at, value_size - at, ret_name);
        if (r < 0)
                return r;
        *ret = record;
        return 0;
}

bool activity_address_from_text(const char *text, size_t size, struct in6_addr *ret) {
        char copy[INET6_ADDRSTRLEN];
        struct in_addr v4;

        if (!text || size == 0 || size >= sizeof(copy) || memchr(text, 0, size))
                return false;
        memcpy(copy, text, size);
        copy[size] = 0;

        if (inet_pton(AF_INET, copy, &v4) != 1)
                return inet_pton(AF_INET6, copy, ret) == 1;

        *ret = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
        memcpy(ret->s6_addr + 12, &v4, sizeof(v4));
        return true;
}

void activity_address_to_text(const struct in6_addr *address, char ret[static INET6_ADDRSTRLEN]) {
        const void *bytes = address;
        int family = AF_INET6;

        if (IN6_IS_ADDR_V4MAPPED(address)) {
                bytes = address->s6_addr + 12;
                family = AF_INET;
        }
        if (!inet_ntop(family, bytes, ret, INET6_ADDRSTRLEN))
                ret[0] = 0; /* it has room */
}
