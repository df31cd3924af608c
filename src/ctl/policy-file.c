/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "ctl/policy-file.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/json.h"
#include "util/parse.h"
#include "util/text.h"

#define KEY_VERSION    "Version"
#define KEY_GENERATION "Generation" /* of GetPolicy; a count of changes is nothing to be wished */
#define VERSION        1

static int invalid(Failure *reterr, const char *key, const char *text) {
        CLEANUP(freep) char *quoted = string_quote(key, strlen(key), 80);

        return failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "%s: %s", quoted ?: "?", text);
}

/* Of a key that this program does not know; see arguments.c. */
static ValueType guess_type(const json_t *value) {
        switch (json_typeof(value)) {
        case JSON_TRUE:
        case JSON_FALSE:
                return VALUE_BOOLEAN;
        case JSON_INTEGER:
                return VALUE_NUMBER;
        case JSON_ARRAY:
                return VALUE_NAMES;
        default:
                return VALUE_STRING;
        }
}

static bool is_number(const json_t *value, json_int_t max) {
        return json_is_integer(value) && json_integer_value(value) >= 0 &&
               json_integer_value(value) <= max;
}

static bool are_names(const json_t *value) {
        const json_t *name;
        size_t i;

        if (!json_is_array(value))
                return false;

        json_array_foreach(value, i, name) if (!json_is_string(name)) return false;

        return true;
}

static bool are_ports(json_t *value) {
        const json_t *verdict;
        const char *name;
        uint16_t port;

        if (!json_is_object(value))
                return false;

        json_object_foreach(value, name, verdict) if (
                        parse_port(name, &port) < 0 || !json_is_string(verdict)) return false;

        return true;
}

/* Return: what is wrong with the value, or NULL. */
static const char *find_fault(ValueType type, json_t *value) {
        switch (type) {
        case VALUE_BOOLEAN:
                return json_is_boolean(value) ? NULL : "is neither true nor false";
        case VALUE_NUMBER:
                return is_number(value, UINT32_MAX) ? NULL : "is not a number from 0 to 4294967295";
        case VALUE_SIZE:
                return is_number(value, INT64_MAX) ? NULL : "is not a number of bytes";
        case VALUE_STRING:
                return json_is_string(value) ? NULL : "is not a string";
        case VALUE_NAMES:
                return are_names(value) ? NULL : "is not a list of strings";
        case VALUE_PORTS:
                return are_ports(value) ? NULL : "is not an object of ports with their verdicts";
        }

        assert(false);
        return "";
}

static int add_argument(
                const char *key, bool is_limit, json_t *value, Change *change, Failure *reterr) {
        Argument *argument = &change->items[change->count];
        const char *fault;

        if (argument_find_type(key, is_limit, &argument->type) < 0)
                argument->type = guess_type(value);
        fault = find_fault(argument->type, value);
        if (fault)
                return invalid(reterr, key, fault);

        argument->key = strdup(key);
        if (!argument->key)
                return -ENOMEM;

        argument->is_limit = is_limit;
        argument->operation = OPERATION_SET;
        argument->value = json_incref(value);
        change->count++;
        return 0;
}

static int add_limits(json_t *limits, Change *change, Failure *reterr) {
        json_t *value;
        const char *key;

        if (!json_is_object(limits))
                return invalid(reterr, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS, "is not an object");

        json_object_foreach(limits, key, value) {
                int r = add_argument(key, true, value, change, reterr);

                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_key(const char *key, json_t *value, Change *change, Failure *reterr) {
        if (string_equal(key, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS))
                return add_limits(value, change, reterr);
        if (!string_equal(key, KEY_VERSION))
                return add_argument(key, false, value, change, reterr);

        return json_integer_value(value) == VERSION
                               ? 0
                               : invalid(reterr, key, "is not 1, the only one that there is");
}

int policy_file_from_json(json_t *root, Change *ret, Failure *reterr) {
        CLEANUP(change_done) Change change = {};
        json_t *value;
        const char *key;
        size_t count;

        if (!json_is_object(root))
                return failure_set(
                                reterr, -EINVAL, FAILURE_INVALID_VALUE, "it is not a JSON object");

        count = json_object_size(root) +
                json_object_size(json_object_get(root, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS));
        change.items = calloc(MAX_OF(count, (size_t) 1), sizeof(*change.items));
        if (!change.items)
                return -ENOMEM;

        json_object_foreach(root, key, value) {
                int r = add_key(key, value, &change, reterr);
                if (r < 0)
                        return r;
        }

        *ret = change;
        change = (Change){};
        return 0;
}

int policy_file_read(const char *text, size_t size, Change *ret, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *root = NULL;
        int r;

        r = json_from_text(text, size, &root, reterr);
        if (r < 0)
                return r;

        return policy_file_from_json(root, ret, reterr);
}

int policy_file_write(const json_t *policy, char **ret_text, size_t *ret_size) {
        CLEANUP(json_decrefp) json_t *root = json_pack("{s:i}", KEY_VERSION, VERSION);
        const char *key;
        json_t *value;

        if (!root)
                return -ENOMEM;

        json_object_foreach((json_t *) policy, key, value) {
                if (string_equal(key, KEY_GENERATION))
                        continue;
                if (json_object_set(root, key, value) < 0)
                        return -ENOMEM;
        }

        return json_to_text(root, JSON_INDENT(4), ret_text, ret_size);
}
