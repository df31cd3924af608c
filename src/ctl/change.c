/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "ctl/change.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"
#include "util/text.h"

bool change_needs_policy(const Change *change) {
        for (size_t i = 0; i < change->count; i++)
                if (change->items[i].operation != OPERATION_SET)
                        return true;

        return false;
}

static void remove_string(json_t *list, const json_t *string) {
        for (size_t i = json_array_size(list); i > 0; i--)
                if (json_equal(json_array_get(list, i - 1), string))
                        (void) json_array_remove(list, i - 1);
}

static int apply_to_names(Operation operation, json_t *list, const json_t *names) {
        size_t i;
        json_t *name;

        /* taken out first, so that what is there already is not added a second time */
        json_array_foreach((json_t *) names, i, name) {
                remove_string(list, name);
                if (operation == OPERATION_ADD && json_array_append(list, name) < 0)
                        return -ENOMEM;
        }

        return 0;
}

static int apply_to_ports(Operation operation, json_t *ports, json_t *named) {
        const char *port;
        json_t *verdict;

        json_object_foreach(named, port, verdict) {
                if (operation == OPERATION_REMOVE)
                        (void) json_object_del(ports, port);
                else if (json_object_set(ports, port, verdict) < 0)
                        return -ENOMEM;
        }

        return 0;
}

/* What the key is before `argument` acts: what an earlier one made of it, else what is set now. */
static json_t *value_before(const Change *change, size_t index, const json_t *policy) {
        const Argument *argument = &change->items[index];
        const json_t *found = NULL;
        bool ports = argument->type == VALUE_PORTS;

        for (size_t i = 0; i < index; i++)
                if (change->items[i].is_limit == argument->is_limit &&
                    string_equal(change->items[i].key, argument->key))
                        found = change->items[i].value;

        if (argument->is_limit)
                policy = json_object_get(policy, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS);
        if (!found)
                found = json_object_get(policy, argument->key);
        if (found && (ports ? json_is_object(found) : json_is_array(found)))
                return json_deep_copy(found);

        return ports ? json_object() : json_array();
}

int change_resolve(Change *change, const json_t *policy) {
        for (size_t i = 0; i < change->count; i++) {
                CLEANUP(json_decrefp) json_t *value = NULL;
                Argument *argument = &change->items[i];
                int r;

                if (argument->operation == OPERATION_SET)
                        continue;

                value = value_before(change, i, policy);
                if (!value)
                        return -ENOMEM;

                r = argument->type == VALUE_PORTS
                                    ? apply_to_ports(argument->operation, value, argument->value)
                                    : apply_to_names(argument->operation, value, argument->value);
                if (r < 0)
                        return r;

                json_decref(argument->value);
                argument->value = TAKE(value);
                argument->operation = OPERATION_SET;
        }

        return 0;
}

static int append_names(sd_bus_message *message, const json_t *names) {
        size_t i;
        json_t *name;
        int r;

        r = sd_bus_message_open_container(message, 'a', "s");
        if (r < 0)
                return r;

        json_array_foreach((json_t *) names, i, name) {
                r = sd_bus_message_append(message, "s", json_string_value(name));
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(message);
}

static int append_ports(sd_bus_message *message, json_t *ports) {
        const char *name;
        json_t *verdict;
        int r;

        r = sd_bus_message_open_container(message, 'a', "{qs}");
        if (r < 0)
                return r;

        json_object_foreach(ports, name, verdict) {
                uint16_t port;

                r = parse_port(name, &port);
                if (r < 0)
                        return r;
                r = sd_bus_message_append(message, "{qs}", port, json_string_value(verdict));
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(message);
}

static const char *value_signature(ValueType type) {
        switch (type) {
        case VALUE_BOOLEAN:
                return "b";
        case VALUE_NUMBER:
                return "u";
        case VALUE_SIZE:
                return "t";
        case VALUE_STRING:
                return "s";
        case VALUE_NAMES:
                return "as";
        case VALUE_PORTS:
                return "a{qs}";
        }

        assert(false);
        return "";
}

static int append_value(sd_bus_message *message, const Argument *argument) {
        switch (argument->type) {
        case VALUE_BOOLEAN:
                return sd_bus_message_append(message, "b", json_is_true(argument->value));
        case VALUE_NUMBER:
                return sd_bus_message_append(
                                message, "u", (uint32_t) json_integer_value(argument->value));
        case VALUE_SIZE:
                return sd_bus_message_append(
                                message, "t", (uint64_t) json_integer_value(argument->value));
        case VALUE_STRING:
                return sd_bus_message_append(message, "s", json_string_value(argument->value));
        case VALUE_NAMES:
                return append_names(message, argument->value);
        case VALUE_PORTS:
                return append_ports(message, argument->value);
        }

        assert(false);
        return -EINVAL;
}

static int append_entry(sd_bus_message *message, const Argument *argument) {
        int r;

        r = sd_bus_message_open_container(message, 'e', "sv");
        if (r < 0)
                return r;
        r = sd_bus_message_append(message, "s", argument->key);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(message, 'v', value_signature(argument->type));
        if (r < 0)
                return r;
        r = append_value(message, argument);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(message);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(message);
}

/* Of several arguments with one key, the last one holds the result (change_resolve()). */
static bool is_last_of_its_key(const Change *change, size_t index) {
        for (size_t i = index + 1; i < change->count; i++)
                if (change->items[i].is_limit == change->items[index].is_limit &&
                    string_equal(change->items[i].key, change->items[index].key))
                        return false;

        return true;
}

static int append_dictionary(sd_bus_message *message, const Change *change, bool limits) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < change->count; i++) {
                if (change->items[i].is_limit != limits || !is_last_of_its_key(change, i))
                        continue;

                r = append_entry(message, &change->items[i]);
                if (r < 0)
                        return r;
        }

        return limits ? sd_bus_message_close_container(message) : 0;
}

static int append_limits_entry(sd_bus_message *message, const Change *change) {
        int r;

        r = sd_bus_message_open_container(message, 'e', "sv");
        if (r < 0)
                return r;
        r = sd_bus_message_append(message, "s", SMTP_RESTRICTIONS_KEY_MAIL_LIMITS);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(message, 'v', "a{sv}");
        if (r < 0)
                return r;
        r = append_dictionary(message, change, true);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(message);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(message);
}

int change_append_to(const Change *change, ArgumentScope scope, sd_bus_message *message) {
        bool has_limits = false;
        int r;

        if (scope == ARGUMENT_LIMITS)
                return append_dictionary(message, change, true);

        for (size_t i = 0; i < change->count; i++)
                has_limits = has_limits || change->items[i].is_limit;

        r = append_dictionary(message, change, false);
        if (r < 0)
                return r;
        if (has_limits) {
                r = append_limits_entry(message, change);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(message);
}
