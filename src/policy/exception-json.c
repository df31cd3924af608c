/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/exceptions.h"
#include "policy/json-value.h"
#include "util/text.h"

/* Both have been checked to be plain text in UTF-8, so that only these two can stand in the way. */
static void append_escaped(Text *text, const char *string) {
        while (*string) {
                size_t size = strcspn(string, "\"\\");

                text_append(text, string, size);
                string += size;
                if (*string) {
                        text_append_string(text, "\\");
                        text_append(text, string++, 1);
                }
        }
}

static void append_key(Text *text, const char *key) {
        text_append_string(text, ",\"");
        text_append_string(text, key);
        text_append_string(text, "\":");
}

static void append_text(Text *text, const char *key, const char *value) {
        append_key(text, key);
        text_append_string(text, "\"");
        append_escaped(text, value);
        text_append_string(text, "\"");
}

static void append_number(Text *text, const char *key, uint64_t value) {
        append_key(text, key);
        text_append_number(text, value);
}

static void append_subject(Text *text, const Exception *exception) {
        append_key(text, SMTP_RESTRICTIONS_EXCEPTION_SUBJECT);
        text_append_string(text, "\"");
        text_append_string(text, subject_kind_to_string(exception->kind));
        text_append_string(text, ":");
        append_escaped(text, exception->name);
        text_append_string(text, "\"");
}

static int append_destination(Text *text, const Network *network) {
        CLEANUP(freep) char *string = NULL;

        if (network->family == AF_UNSPEC)
                return 0;

        string = network_to_string(network);
        if (!string)
                return -ENOMEM;

        append_text(text, SMTP_RESTRICTIONS_EXCEPTION_DESTINATION, string);
        return 0;
}

static void append_ports(Text *text, const Exception *exception) {
        if (exception->port_count == 0)
                return;

        append_key(text, SMTP_RESTRICTIONS_EXCEPTION_PORTS);
        for (size_t i = 0; i < exception->port_count; i++) {
                text_append_string(text, i == 0 ? "[" : ",");
                text_append_number(text, exception->ports[i]);
        }
        text_append_string(text, "]");
}

int exception_append_json(const Exception *exception, Text *text) {
        int r;

        text_append_string(text, "{\"" SMTP_RESTRICTIONS_EXCEPTION_ID "\":");
        text_append_number(text, exception->id);
        append_subject(text, exception);
        r = append_destination(text, &exception->destination);
        if (r < 0)
                return r;
        append_ports(text, exception);
        append_text(text,
                    SMTP_RESTRICTIONS_EXCEPTION_VERDICT,
                    exception_verdict_to_string(exception->verdict));
        if (exception->expires_usec > 0)
                append_number(text,
                              SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_AT,
                              exception->expires_usec);
        append_text(text, SMTP_RESTRICTIONS_EXCEPTION_REASON, exception->reason);
        append_text(text, SMTP_RESTRICTIONS_EXCEPTION_GRANTED_BY, exception->granted_by);
        append_number(text, SMTP_RESTRICTIONS_EXCEPTION_GRANTED_AT, exception->granted_usec);
        text_append_string(text, "}");
        return 0;
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
