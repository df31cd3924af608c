/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Reading an a{sv} from a message, entry by entry. The number of entries is bounded by the readers:
 * each takes a key once and no key that it does not know. All return 0; -EINVAL with the cause; or
 * another negative errno.
 */

#include <systemd/sd-bus.h>

#include "util/failure.h"

/* One entry: its key, and the message inside the variant that holds the value. */
typedef struct Entry {
        sd_bus_message *message;
        const char *key;
        const char *type; /* of the value, as a D-Bus signature */
        Failure *reterr;
} Entry;

typedef int (*EntryReader)(const Entry *entry, void *target);

WARN_UNUSED int dictionary_read(sd_bus_message *m, EntryReader read, void *target, Failure *reterr);

/* Only for keys that are known by now: the texts name the key as it is. */
WARN_UNUSED int entry_expect_type(const Entry *entry, const char *type);
WARN_UNUSED int entry_refuse_twice(const Entry *entry, bool seen);
WARN_UNUSED int entry_read_basic(const Entry *entry, char type, void *ret);
WARN_UNUSED int entry_read_boolean(const Entry *entry, bool *ret);
/* u, how many entries an answer may have: 1 to `max`. */
WARN_UNUSED int entry_read_most(const Entry *entry, uint32_t max, uint32_t *ret);

/* For any key. Always negative. */
WARN_UNUSED int entry_refuse_unknown(const Entry *entry, const char *known);
