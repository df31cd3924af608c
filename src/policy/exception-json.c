/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/exceptions.h"
#include "policy/json-value.h"
#include "util/text.h"

static json_t *subject_to_json(const Exception *exception) {
        return json_sprintf("%s:%s", subject_kind_to_string(exception->kind), exception->name);
}

static json_t *destination_to_json(const Network *network) {
        CLEANUP(freep) char *text = network_to_string(network);

        return text ? json_string(text) : NULL;
}

static json_t *ports_to_json(const Exception *exception) {
        CLEANUP(json_decrefp) json_t *array = json_array();

        for (size_t i = 0; i < exception->port_count; i++)
                if (json_array_append_new(array, json_integer(exception->ports[i])) < 0)
                        return NULL;

        return TAKE(array);
}

json_t *exception_to_json(const Exception *exception) {
        CLEANUP(json_decrefp)
        json_t *json =
                        json_pack("{s:I, s:o, s:s, s:s, s:s, s:I}",
                                  SMTP_RESTRICTIONS_EXCEPTION_ID,
                                  (json_int_t) exception->id,
                                  SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                                  subject_to_json(exception),
                                  SMTP_RESTRICTIONS_EXCEPTION_VERDICT,
                                  exception_verdict_to_string(exception->verdict),
                                  SMTP_RESTRICTIONS_EXCEPTION_REASON,
                                  exception->reason,
                                  SMTP_RESTRICTIONS_EXCEPTION_GRANTED_BY,
                                  exception->granted_by,
                                  SMTP_RESTRICTIONS_EXCEPTION_GRANTED_AT,
                                  (json_int_t) exception->granted_usec);

        /* each call takes over its value, also when it fails, and fails on NULL */
        if (exception->destination.family != AF_UNSPEC &&
            json_object_set_new(
                            json,
                            SMTP_RESTRICTIONS_EXCEPTION_DESTINATION,
                            destination_to_json(&exception->destination)) < 0)
                return NULL;
        if (exception->port_count > 0 &&
            json_object_set_new(json, SMTP_RESTRICTIONS_EXCEPTION_PORTS, ports_to_json(exception)) <
                            0)
                return NULL;
        if (exception->expires_usec > 0 &&
            json_object_set_new(
                            json,
                            SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_AT,
                            json_integer((json_int_t) exception->expires_usec)) < 0)
                return NULL;

        return TAKE(json);
}

/* Members by what they are read as. Each but the last is missing or right. */
typedef struct Reader {
        const json_t *json;
        Failure *reterr;
        int r;
} Reader;

static const json_t *get(Reader *reader, const char *key) {
        return reader->r < 0 ? NULL : json_object_get(reader->json, key);
}

static const char *get_text(Reader *reader, const char *key) {
        const json_t *value = get(reader, key);
        const char *text = json_string_value(value);

        if (!value)
                return NULL;
        if (!text || strlen(text) != json_string_length(value))
                reader->r = json_refuse_type(key, "a text", reader->reterr);

        return text;
}

static uint64_t get_number(Reader *reader, const char *key) {
        const json_t *value = get(reader, key);

        if (!value)
                return 0;
        if (!json_is_integer(value) || json_integer_value(value) < 0)
                reader->r = json_refuse_type(key, "a number", reader->reterr);

        return (uint64_t) json_integer_value(value);
}

static size_t get_ports(Reader *reader, uint16_t *ports) {
        static const char key[] = SMTP_RESTRICTIONS_EXCEPTION_PORTS;
        const json_t *value = get(reader, key);
        size_t count = json_array_size(value);

        if (!value)
                return 0;
        if (count == 0 || count > SMTP_RESTRICTIONS_PORTS_MAX) {
                reader->r = json_refuse_type(key, "an array of 1 to 32 ports", reader->reterr);
                return 0;
        }

        for (size_t i = 0; i < count; i++) {
                json_int_t port = json_integer_value(json_array_get(value, i));

                if (port < 1 || port > UINT16_MAX)
                        reader->r = json_refuse_type(key, "an array of ports", reader->reterr);
                else
                        ports[i] = (uint16_t) port;
        }

        return count;
}

int exceptions_read_json(Exceptions *exceptions, const json_t *json, Failure *reterr) {
        CLEANUP(exception_unrefp) Exception *exception = NULL;
        Reader reader = { .json = json, .reterr = reterr };
        uint16_t ports[SMTP_RESTRICTIONS_PORTS_MAX] = {};
        ExceptionInput input = { .ports = ports };
        uint64_t id;
        int r;

        id = get_number(&reader, SMTP_RESTRICTIONS_EXCEPTION_ID);
        input.subject = get_text(&reader, SMTP_RESTRICTIONS_EXCEPTION_SUBJECT);
        input.destination = get_text(&reader, SMTP_RESTRICTIONS_EXCEPTION_DESTINATION);
        input.port_count = get_ports(&reader, ports);
        input.verdict = get_text(&reader, SMTP_RESTRICTIONS_EXCEPTION_VERDICT);
        input.expires_usec = get_number(&reader, SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_AT);
        input.reason = get_text(&reader, SMTP_RESTRICTIONS_EXCEPTION_REASON);
        input.granted_by = get_text(&reader, SMTP_RESTRICTIONS_EXCEPTION_GRANTED_BY);
        input.granted_usec = get_number(&reader, SMTP_RESTRICTIONS_EXCEPTION_GRANTED_AT);
        if (reader.r < 0)
                return reader.r;

        r = exception_new(&input, &exception, reterr);
        if (r < 0)
                return r;

        return exceptions_append_read(exceptions, id, exception, reterr);
}
