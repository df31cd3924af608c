/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What one subject has sent in the last days, and from where it has used SMTP AUTH; and how that is
 * kept on disk, each in a slot of its own. Pure.
 */

#include <netinet/in.h>

#include "meter/subject.h"

#define ACTIVITY_DAYS          8 /* of UTC: today, and the seven before */
#define ACTIVITY_DAY_SEC       ((int64_t) 86400)
#define ACTIVITY_ADDRESSES_MAX 4

/* Of 1970; 0: nothing. */
typedef struct ActivityDay {
        uint32_t day;
        uint32_t messages;      /* that counted */
        uint32_t recipients;    /* of those */
        uint32_t auth_messages; /* accepted after AUTH, wherever they went */
} ActivityDay;

typedef struct ActivityAddress {
        uint32_t time_sec; /* of the last message; 0: none */
        struct in6_addr address;
} ActivityAddress;

typedef struct ActivityRecord {
        SubjectKind kind;
        uint32_t slot;
        const char *name; /* borrowed */
        uint32_t last_sec;
        ActivityDay days[ACTIVITY_DAYS];                   /* each at its number modulo the size */
        ActivityAddress addresses[ACTIVITY_ADDRESSES_MAX]; /* the latest first */
} ActivityRecord;

#define ACTIVITY_KEY_SIZE ((size_t) 5)
#define ACTIVITY_VALUE_MAX                                                                         \
        ((size_t) 8 + ACTIVITY_DAYS * sizeof(ActivityDay) +                                        \
         ACTIVITY_ADDRESSES_MAX * sizeof(ActivityAddress) + SUBJECT_NAME_MAX)

void activity_encode_key(SubjectKind kind, uint32_t slot, uint8_t ret[static ACTIVITY_KEY_SIZE]);
/* Return: the size. */
size_t activity_encode_value(const ActivityRecord *record, uint8_t ret[static ACTIVITY_VALUE_MAX]);

/* The name goes to `ret_name`. Return: 0, or -EINVAL if it is none of the above. */
WARN_UNUSED int activity_decode(
                const uint8_t *key,
                size_t key_size,
                const uint8_t *value,
                size_t value_size,
                char ret_name[static SUBJECT_NAME_SIZE],
                ActivityRecord *ret);

/* Of any bytes; of IPv4 it is the mapped one. Return: whether it is an address. */
bool activity_address_from_text(const char *text, size_t size, struct in6_addr *ret);
void activity_address_to_text(const struct in6_addr *address, char ret[static INET6_ADDRSTRLEN]);
