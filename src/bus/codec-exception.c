/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "bus/codec-exception.h"
#include "bus/codec-read.h"
#include "bus/codec-write.h"
#include "core/clock.h"
#include "dbus/containers.h"
#include "dbus/dictionary.h"
#include "util/parse.h"
#include "util/text.h"

typedef struct Reading {
        ExceptionInput input;
        bool ports_set;
        bool expires_set;
        uint32_t expires_in;
} Reading;

static int read_text(const Entry *entry, const char **target) {
        int r;

        r = entry_refuse_twice(entry, *target);
        return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_STRING, target);
}

/* The array is the message's own, which outlives the reading. */
static int read_ports(const Entry *entry, Reading *reading) {
        const void *ports;
        size_t size;
        int r;

        r = entry_refuse_twice(entry, reading->ports_set);
        if (r < 0)
                return r;
        r = entry_expect_type(entry, "aq");
        if (r < 0)
                return r;
        r = sd_bus_message_read_array(entry->message, SD_BUS_TYPE_UINT16, &ports, &size);
        if (r < 0)
                return r;
        if (size == 0)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is empty; leave it out for all restricted ports",
                                entry->key);

        reading->ports_set = true;
        reading->input.ports = ports;
        reading->input.port_count = size / sizeof(uint16_t);
        return 0;
}

static int read_expiry(const Entry *entry, Reading *reading, bool relative) {
        int r;

        if (reading->expires_set)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: there is one of ExpiresAt and ExpiresIn, once",
                                entry->key);

        reading->expires_set = true;
        r = relative ? entry_read_basic(entry, SD_BUS_TYPE_UINT32, &reading->expires_in)
                     : entry_read_basic(entry, SD_BUS_TYPE_UINT64, &reading->input.expires_usec);
        if (r < 0)
                return r;

        if (relative ? reading->expires_in == 0 : reading->input.expires_usec <= clock_now_usec())
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is in the past",
                                entry->key);
        if (reading->input.expires_usec > SMTP_RESTRICTIONS_EXPIRES_AT_MAX)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is microseconds since 1970, at most %ju (the year 9999)",
                                entry->key,
                                (uintmax_t) SMTP_RESTRICTIONS_EXPIRES_AT_MAX);

        return 0;
}

static int read_entry(const Entry *entry, void *target) {
        Reading *reading = target;
        ExceptionInput *input = &reading->input;

        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_SUBJECT))
                return read_text(entry, &input->subject);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_DESTINATION))
                return read_text(entry, &input->destination);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_VERDICT))
                return read_text(entry, &input->verdict);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_REASON))
                return read_text(entry, &input->reason);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_PORTS))
                return read_ports(entry, reading);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_AT))
                return read_expiry(entry, reading, false);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_IN))
                return read_expiry(entry, reading, true);

        return entry_refuse_unknown(
                        entry,
                        "Subject, Destination, Ports, Verdict, ExpiresAt, ExpiresIn and Reason");
}

int codec_read_exception(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        Reading reading = {};
        int r;

        assert(m && request && !request->exception);

        r = dictionary_read(m, read_entry, &reading, reterr);
        if (r < 0)
                return r;
        r = exception_new(&reading.input, &request->exception, reterr);
        if (r < 0)
                return r;

        request->expires_in = reading.expires_in;
        return 0;
}

/* Ids are numbers, which nobody has to know. */
static bool parse_id(const char *text, uint64_t *ret) {
        return parse_u64(text, INT64_MAX, ret) >= 0 && *ret > 0;
}

int codec_read_exception_id(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        const char *id;
        int r;

        assert(m && request);

        r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &id);
        if (r < 0)
                return r;

        if (!parse_id(id, &request->exception_id))
                return failure_set(
                                reterr,
                                -ENOENT,
                                FAILURE_NOT_FOUND,
                                "Id: there is no such exception; see ListExceptions");
        return 0;
}

static int read_filter_entry(const Entry *entry, void *target) {
        ExceptionFilter *filter = target;
        const char *text = NULL;
        bool is_after;
        int r;

        if (string_equal(entry->key, "Most")) {
                r = entry_refuse_twice(entry, filter->most > 0);
                return r < 0 ? r : entry_read_most(entry, CODEC_PAGE_MAX, &filter->most);
        }
        if (string_equal(entry->key, "Since")) {
                r = entry_refuse_twice(entry, filter->since_set);
                filter->since_set = true;
                return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_UINT64, &filter->since_usec);
        }
        is_after = string_equal(entry->key, "After");
        if (!is_after && !string_equal(entry->key, SMTP_RESTRICTIONS_EXCEPTION_SUBJECT))
                return entry_refuse_unknown(entry, "Subject, Since, Most and After");

        r = entry_refuse_twice(entry, is_after ? filter->after > 0 : filter->name != NULL);
        if (r < 0)
                return r;
        r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &text);
        if (r < 0)
                return r;
        if (!is_after)
                return subject_parse(text, &filter->kind, &filter->name, entry->reterr);
        if (!parse_id(text, &filter->after))
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "After: takes an Id that ListExceptions gave");
        return 0;
}

int codec_read_exception_filter(sd_bus_message *m, ExceptionFilter *ret, Failure *reterr) {
        ExceptionFilter filter = {};
        int r;

        assert(m && ret);

        r = dictionary_read(m, read_filter_entry, &filter, reterr);
        if (r < 0)
                return r;
        if (filter.most == 0)
                filter.most = CODEC_PAGE_DEFAULT;

        *ret = filter;
        return 0;
}

/* ---- out ---- */

static int append_subject(sd_bus_message *m, const Exception *exception) {
        CLEANUP(freep)
        char *subject = string_format(
                        "%s:%s", subject_kind_to_string(exception->kind), exception->name);

        if (!subject)
                return -ENOMEM;

        return entry_append_text(m, SMTP_RESTRICTIONS_EXCEPTION_SUBJECT, subject);
}

/* Where there is none, any is meant, and the key is not there. */
static int append_where(sd_bus_message *m, const Exception *exception) {
        CLEANUP(freep) char *destination = NULL;
        int r;

        if (exception->destination.family != AF_UNSPEC) {
                destination = network_to_string(&exception->destination);
                if (!destination)
                        return -ENOMEM;
                r = entry_append_text(m, SMTP_RESTRICTIONS_EXCEPTION_DESTINATION, destination);
                if (r < 0)
                        return r;
        }
        if (exception->port_count == 0)
                return 0;

        r = entry_open(m, SMTP_RESTRICTIONS_EXCEPTION_PORTS, "aq");
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(
                        m,
                        SD_BUS_TYPE_UINT16,
                        exception->ports,
                        exception->port_count * sizeof(*exception->ports));
        if (r < 0)
                return r;

        return entry_close(m);
}

static int append_how_long(sd_bus_message *m, const Exception *exception) {
        if (exception->expires_usec == 0)
                return 0;

        return sd_bus_message_append(
                        m,
                        "{sv}",
                        SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_AT,
                        "t",
                        exception->expires_usec);
}

static int append_exception(sd_bus_message *m, const void *subject) {
        const Exception *exception = subject;
        char id[JOB_ID_SIZE];
        int r;

        (void) snprintf(id, sizeof(id), "%" PRIu64, exception->id);
        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}",
                        SMTP_RESTRICTIONS_EXCEPTION_ID,
                        "s",
                        id,
                        SMTP_RESTRICTIONS_EXCEPTION_VERDICT,
                        "s",
                        exception_verdict_to_string(exception->verdict),
                        SMTP_RESTRICTIONS_EXCEPTION_GRANTED_AT,
                        "t",
                        exception->granted_usec);
        if (r < 0)
                return r;
        r = append_subject(m, exception);
        if (r < 0)
                return r;
        r = append_where(m, exception);
        if (r < 0)
                return r;
        r = append_how_long(m, exception);
        if (r < 0)
                return r;
        r = entry_append_text(m, SMTP_RESTRICTIONS_EXCEPTION_REASON, exception->reason);
        if (r < 0)
                return r;
        return entry_append_text(m, SMTP_RESTRICTIONS_EXCEPTION_GRANTED_BY, exception->granted_by);
}

static bool passes(const ExceptionFilter *filter, const Exception *exception, uint64_t now_usec) {
        if (exception->id <= filter->after || exception_is_expired(exception, now_usec))
                return false;
        if (filter->since_set && exception->granted_usec < filter->since_usec)
                return false;

        return !filter->name ||
               (filter->kind == exception->kind && string_equal(filter->name, exception->name));
}

int codec_append_exceptions(
                sd_bus_message *m,
                const Exceptions *exceptions,
                const ExceptionFilter *filter,
                uint64_t now_usec) {
        size_t count = 0;
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < exceptions->count && count < filter->most; i++) {
                if (!passes(filter, exceptions->items[i], now_usec))
                        continue;
                r = dictionary_append(m, append_exception, exceptions->items[i]);
                if (r < 0)
                        return r;
                count++;
        }

        return sd_bus_message_close_container(m);
}
