/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dbus/containers.h"
#include "util/utf8.h"

/* The longest type of an item here is "a{sv}". */
#define TYPE_SIZE 16

int array_append(
                sd_bus_message *m,
                const char *type,
                AppendItem append,
                const void *items,
                size_t count) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, type);
        if (r < 0)
                return r;

        for (size_t i = 0; i < count; i++) {
                r = append(m, items, i);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}

int dictionary_append(sd_bus_message *m, AppendEntries append, const void *subject) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

        r = append(m, subject);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

int entry_open(sd_bus_message *m, const char *key, const char *type) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv");
        if (r < 0)
                return r;

        r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, key);
        if (r < 0)
                return r;

        return sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, type);
}

int entry_close(sd_bus_message *m) {
        int r;

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

int entry_append_text(sd_bus_message *m, const char *key, const char *text) {
        CLEANUP(freep) char *valid = NULL;

        if (!text)
                return 0;

        valid = utf8_make_valid(text);
        if (!valid)
                return -ENOMEM;

        return sd_bus_message_append(m, "{sv}", key, "s", valid);
}

int entry_append_array(
                sd_bus_message *m,
                const char *key,
                const char *type,
                AppendItem append,
                const void *items,
                size_t count) {
        char array_type[TYPE_SIZE];
        int r;

        assert(strlen(type) + 1 < sizeof(array_type));

        (void) snprintf(array_type, sizeof(array_type), "a%s", type);
        r = entry_open(m, key, array_type);
        if (r < 0)
                return r;

        r = array_append(m, type, append, items, count);
        if (r < 0)
                return r;

        return entry_close(m);
}

int entry_append_dictionary(
                sd_bus_message *m, const char *key, AppendEntries append, const void *subject) {
        int r;

        r = entry_open(m, key, "a{sv}");
        if (r < 0)
                return r;

        r = dictionary_append(m, append, subject);
        if (r < 0)
                return r;

        return entry_close(m);
}
