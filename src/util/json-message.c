/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "util/json-message.h"
#include "util/text.h"

/* D-Bus allows 64; the contract needs 5. */
#define DEPTH_MAX 16

static int read_value(sd_bus_message *message, unsigned depth, json_t **ret);

static int take_json(json_t *value, json_t **ret) {
        if (!value)
                return -ENOMEM;

        *ret = value;
        return 0;
}

static json_t *json_from_unsigned(uint64_t value) {
        return value <= INT64_MAX ? json_integer((json_int_t) value) : json_real((double) value);
}

static int read_basic(sd_bus_message *message, char type, json_t **ret) {
        /* sd-bus writes as many bytes as the type has; a boolean has an int's */
        union {
                uint8_t byte;
                int boolean;
                int16_t int16;
                uint16_t uint16;
                int32_t int32;
                uint32_t uint32;
                int64_t int64;
                uint64_t uint64;
                double real;
                const char *string;
        } value = {};
        int r;

        r = sd_bus_message_read_basic(message, type, &value);
        if (r < 0)
                return r;

        switch (type) {
        case SD_BUS_TYPE_BYTE:
                return take_json(json_integer(value.byte), ret);
        case SD_BUS_TYPE_BOOLEAN:
                return take_json(json_boolean(value.boolean), ret);
        case SD_BUS_TYPE_INT16:
                return take_json(json_integer(value.int16), ret);
        case SD_BUS_TYPE_UINT16:
                return take_json(json_integer(value.uint16), ret);
        case SD_BUS_TYPE_INT32:
                return take_json(json_integer(value.int32), ret);
        case SD_BUS_TYPE_UINT32:
                return take_json(json_integer(value.uint32), ret);
        case SD_BUS_TYPE_INT64:
                return take_json(json_integer(value.int64), ret);
        case SD_BUS_TYPE_UINT64:
                return take_json(json_from_unsigned(value.uint64), ret);
        case SD_BUS_TYPE_DOUBLE:
                return take_json(json_real(value.real), ret);
        case SD_BUS_TYPE_STRING:
        case SD_BUS_TYPE_OBJECT_PATH:
        case SD_BUS_TYPE_SIGNATURE:
                return take_json(json_string(value.string), ret);
        default: /* a file descriptor: nothing that could be shown */
                return take_json(json_null(), ret);
        }
}

static char *key_from_json(const json_t *key) {
        if (json_is_string(key))
                return strdup(json_string_value(key));
        if (json_is_integer(key))
                return string_format("%lld", (long long) json_integer_value(key));
        if (json_is_boolean(key))
                return strdup(json_is_true(key) ? "true" : "false");

        return json_dumps(key, JSON_ENCODE_ANY | JSON_COMPACT);
}

static int read_entry(sd_bus_message *message, unsigned depth, json_t *object) {
        CLEANUP(json_decrefp) json_t *key = NULL, *value = NULL;
        CLEANUP(freep) char *name = NULL;
        int r;

        r = read_value(message, depth, &key);
        if (r < 0)
                return r;
        r = read_value(message, depth, &value);
        if (r < 0)
                return r;

        name = key_from_json(key);
        if (!name || json_object_set_new(object, name, TAKE(value)) < 0)
                return -ENOMEM;

        return 0;
}

/* The elements of a container that was entered, into an array or an object. */
static int read_elements(sd_bus_message *message, unsigned depth, json_t *container) {
        CLEANUP(json_decrefp) json_t *value = NULL;
        const char *contents;
        char type;
        int r;

        while ((r = sd_bus_message_peek_type(message, &type, &contents)) > 0) {
                if (type == SD_BUS_TYPE_DICT_ENTRY) {
                        r = sd_bus_message_enter_container(message, type, contents);
                        if (r < 0)
                                return r;
                        r = read_entry(message, depth, container);
                        if (r < 0)
                                return r;
                        r = sd_bus_message_exit_container(message);
                } else {
                        r = read_value(message, depth, &value);
                        if (r >= 0 && json_array_append_new(container, TAKE(value)) < 0)
                                r = -ENOMEM;
                }
                if (r < 0)
                        return r;
        }

        return r;
}

static int read_container(
                sd_bus_message *message,
                char type,
                const char *contents,
                unsigned depth,
                json_t **ret) {
        CLEANUP(json_decrefp) json_t *value = NULL;
        int r;

        if (depth >= DEPTH_MAX)
                return -ELOOP;

        r = sd_bus_message_enter_container(message, type, contents);
        if (r < 0)
                return r;

        if (type == SD_BUS_TYPE_VARIANT)
                r = read_value(message, depth + 1, &value);
        else {
                value = type == SD_BUS_TYPE_ARRAY && contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN
                                        ? json_object()
                                        : json_array();
                r = value ? read_elements(message, depth + 1, value) : -ENOMEM;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;

        *ret = TAKE(value);
        return 0;
}

static int read_value(sd_bus_message *message, unsigned depth, json_t **ret) {
        const char *contents;
        char type;
        int r;

        r = sd_bus_message_peek_type(message, &type, &contents);
        if (r < 0)
                return r;
        if (r == 0)
                return -EBADMSG;

        return contents ? read_container(message, type, contents, depth, ret)
                        : read_basic(message, type, ret);
}

int json_from_message(sd_bus_message *message, json_t **ret) {
        assert(message && ret);

        if (sd_bus_message_is_empty(message))
                return take_json(json_null(), ret);

        return read_value(message, 0, ret);
}
