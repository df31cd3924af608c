/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/json-value.h"
#include "util/parse.h"
#include "util/text.h"

#define VALUE_SHOWN_MAX 64 /* bytes of a stranger's value in a text */

int json_refuse_type(const char *key, const char *what, Failure *reterr) {
        return failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "%s: is not %s", key, what);
}

int json_read_boolean(const json_t *json, const char *key, bool *ret, Failure *reterr) {
        if (!json_is_boolean(json))
                return json_refuse_type(key, "true or false", reterr);

        *ret = json_is_true(json);
        return 0;
}

/* A string of JSON can hold NUL, where the reader of its text was told to allow that. */
static bool is_c_string(const json_t *json) {
        return json_is_string(json) && strlen(json_string_value(json)) == json_string_length(json);
}

int json_read_names(
                const json_t *json,
                const char *key,
                size_t count_max,
                JsonNameCheck check,
                StringList *ret,
                JsonPath *path,
                Failure *reterr) {
        CLEANUP(string_list_done) StringList names = {};
        int r;

        if (!json_is_array(json))
                return json_refuse_type(key, "an array of names", reterr);

        r = policy_check_count(key, json_array_size(json), 0, count_max, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < json_array_size(json); i++) {
                const json_t *item = json_array_get(json, i);

                json_path_push_index(path, i);
                if (!is_c_string(item))
                        return json_refuse_type(key, "an array of names", reterr);

                r = check(key, json_string_value(item), reterr);
                if (r < 0)
                        return r;
                json_path_pop(path);

                r = string_list_append(&names, json_string_value(item));
                if (r < 0)
                        return r;
        }

        string_list_sort_unique(&names);
        *ret = names;
        names = (StringList){};
        return 0;
}

static int read_port_verdict(
                const char *port_string,
                const json_t *json,
                PortVerdicts *verdicts,
                Failure *reterr) {
        static const char key[] = SMTP_RESTRICTIONS_KEY_PORT_VERDICTS;
        uint16_t port;

        if (parse_port(port_string, &port) < 0) {
                CLEANUP(freep)
                char *quoted = string_quote(port_string, strlen(port_string), VALUE_SHOWN_MAX);

                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: '%s' is not a port, 1 to 65535",
                                key,
                                quoted ?: "?");
        }
        if (!is_c_string(json))
                return json_refuse_type(key, "an object of 'redirect' and 'reject'", reterr);

        return port_verdicts_add_string(verdicts, port, json_string_value(json), reterr);
}

int json_read_port_verdicts(
                const json_t *json, PortVerdicts *ret, JsonPath *path, Failure *reterr) {
        static const char key[] = SMTP_RESTRICTIONS_KEY_PORT_VERDICTS;
        PortVerdicts verdicts = {};
        const char *port;
        json_t *value;
        int r;

        if (!json_is_object(json))
                return json_refuse_type(key, "an object", reterr);

        r = policy_check_count(key, json_object_size(json), 1, SMTP_RESTRICTIONS_PORTS_MAX, reterr);
        if (r < 0)
                return r;

        /* jansson's iterators take no const, and change nothing */
        json_object_foreach((json_t *) json, port, value) {
                json_path_push_key(path, port);
                r = read_port_verdict(port, value, &verdicts, reterr);
                if (r < 0)
                        return r;
                json_path_pop(path);
        }

        *ret = verdicts;
        return 0;
}

json_t *json_from_names(const StringList *names) {
        CLEANUP(json_decrefp) json_t *array = json_array();

        for (size_t i = 0; i < names->count; i++)
                if (json_array_append_new(array, json_string(names->items[i])) < 0)
                        return NULL;

        return TAKE(array);
}

json_t *json_from_port_verdicts(const PortVerdicts *verdicts) {
        CLEANUP(json_decrefp) json_t *object = json_object();

        for (size_t i = 0; i < verdicts->count; i++) {
                CLEANUP(freep) char *port = string_format("%u", verdicts->entries[i].port);
                const char *verdict = port_verdict_to_string(verdicts->entries[i].verdict);

                if (!port || json_object_set_new(object, port, json_string(verdict)) < 0)
                        return NULL;
        }

        return TAKE(object);
}
