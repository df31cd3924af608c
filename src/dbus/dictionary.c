/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "dbus/dictionary.h"
#include "util/text.h"

static int read_value(
                sd_bus_message *m,
                const char *key,
                EntryReader read,
                void *target,
                Failure *reterr) {
        const char *type;
        int r;

        r = sd_bus_message_peek_type(m, NULL, &type);
        if (r < 0)
                return r;

        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, type);
        if (r < 0)
                return r;

        r = read(&(Entry){ .message = m, .key = key, .type = type, .reterr = reterr }, target);
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 0;
}

int dictionary_read(sd_bus_message *m, EntryReader read, void *target, Failure *reterr) {
        int r;

        r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

        for (;;) {
                const char *key;

                r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv");
                if (r < 0)
                        return r;
                if (r == 0)
                        break;

                r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &key);
                if (r < 0)
                        return r;

                r = read_value(m, key, read, target, reterr);
                if (r < 0)
                        return r;

                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 0;
}

int entry_expect_type(const Entry *entry, const char *type) {
        if (string_equal(entry->type, type))
                return 0;

        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: takes a value of D-Bus type '%s', not '%s'",
                        entry->key,
                        type,
                        entry->type);
}

int entry_refuse_twice(const Entry *entry, bool seen) {
        if (!seen)
                return 0;

        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: is named twice in one call",
                        entry->key);
}

int entry_refuse_unknown(const Entry *entry, const char *known) {
        CLEANUP(freep) char *quoted = string_quote(entry->key, strlen(entry->key), 64);

        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_UNKNOWN_KEY,
                        "%s: no such key here; there are %s",
                        quoted ?: "?",
                        known);
}

int entry_read_basic(const Entry *entry, char type, void *ret) {
        int r;

        r = entry_expect_type(entry, (const char[]){ type, 0 });
        if (r < 0)
                return r;

        r = sd_bus_message_read_basic(entry->message, type, ret);
        return r < 0 ? r : 0;
}

int entry_read_boolean(const Entry *entry, bool *ret) {
        int value; /* sd-bus gives a boolean as int */
        int r;

        r = entry_read_basic(entry, SD_BUS_TYPE_BOOLEAN, &value);
        if (r < 0)
                return r;

        *ret = value;
        return 0;
}

int entry_read_most(const Entry *entry, uint32_t max, uint32_t *ret) {
        uint32_t most;
        int r;

        r = entry_read_basic(entry, SD_BUS_TYPE_UINT32, &most);
        if (r < 0)
                return r;

        if (most < 1 || most > max)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is 1 to %" PRIu32 ", not %" PRIu32,
                                entry->key,
                                max,
                                most);

        *ret = most;
        return 0;
}
