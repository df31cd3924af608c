/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/codec-explain.h"
#include "bus/codec-write.h"
#include "dbus/containers.h"
#include "dbus/dictionary.h"
#include "util/text.h"

typedef struct Reading {
        const char *user;
        const char *address;
        const char *interface;
        const char *source;
        bool uid_set;
        uint32_t uid;
        uint16_t port;
} Reading;

static int read_text(const Entry *entry, const char **target) {
        int r;

        r = entry_refuse_twice(entry, *target);
        return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_STRING, target);
}

static int read_entry(const Entry *entry, void *target) {
        Reading *reading = target;
        int r;

        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_USER))
                return read_text(entry, &reading->user);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_ADDRESS))
                return read_text(entry, &reading->address);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_INTERFACE))
                return read_text(entry, &reading->interface);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_SOURCE))
                return read_text(entry, &reading->source);
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_UID)) {
                r = entry_refuse_twice(entry, reading->uid_set);
                reading->uid_set = true;
                return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_UINT32, &reading->uid);
        }
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_PORT)) {
                r = entry_refuse_twice(entry, reading->port);
                return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_UINT16, &reading->port);
        }

        return entry_refuse_unknown(entry, "User, Uid, Interface, Source, Address and Port");
}

static int refuse(Failure *reterr, const char *text) {
        return failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "%s", text);
}

/* An IPv4 address in an IPv6 one is what the kernel takes it for. Return: whether it is one. */
static bool read_address(const char *text, uint8_t *ret_family, uint8_t ret[static 16]) {
        static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
        uint8_t family = strchr(text, ':') ? AF_INET6 : AF_INET;
        uint8_t address[16] = {};

        if (inet_pton(family, text, address) != 1)
                return false;

        if (family == AF_INET6 && memcmp(address, mapped, sizeof(mapped)) == 0) {
                family = AF_INET;
                memmove(address, address + sizeof(mapped), 4);
                memset(address + 4, 0, sizeof(mapped));
        }
        *ret_family = family;
        memcpy(ret, address, sizeof(address));
        return true;
}

/* What is forwarded from an interface, in place of what a user does. */
static int read_forwarded(const Reading *reading, ExplainQuestion *question, Failure *reterr) {
        int r;

        if (!reading->interface)
                return reading->source ? refuse(reterr,
                                                SMTP_RESTRICTIONS_EXPLAIN_SOURCE
                                                ": is for what an Interface forwards")
                                       : 0;
        if (reading->user || reading->uid_set)
                return refuse(reterr,
                              SMTP_RESTRICTIONS_EXPLAIN_INTERFACE
                              ": is there beside a user; nobody here owns what is forwarded");

        r = policy_check_interface(SMTP_RESTRICTIONS_EXPLAIN_INTERFACE, reading->interface, reterr);
        if (r < 0)
                return r;
        /* it fits: that was just checked */
        (void) strcpy(question->interface, reading->interface);

        if (!reading->source)
                return 0;
        if (!read_address(reading->source, &question->source_family, question->source))
                return refuse(reterr, SMTP_RESTRICTIONS_EXPLAIN_SOURCE ": is no address");
        if (question->source_family != question->family)
                return refuse(reterr,
                              SMTP_RESTRICTIONS_EXPLAIN_SOURCE
                              ": is of another address family than Address");

        return 0;
}

int codec_read_explain(sd_bus_message *m, JobRequest *request, Failure *reterr) {
        ExplainQuestion *question = &request->explain;
        Reading reading = {};
        int r;

        assert(m && request && !question->user);

        r = dictionary_read(m, read_entry, &reading, reterr);
        if (r < 0)
                return r;
        if (!reading.address || reading.port == 0)
                return refuse(reterr, "Address and Port (not 0) are needed");
        if (reading.user && reading.uid_set)
                return refuse(reterr, SMTP_RESTRICTIONS_EXPLAIN_UID ": is there beside User");
        if (reading.uid_set && reading.uid == UINT32_MAX)
                return refuse(reterr, SMTP_RESTRICTIONS_EXPLAIN_UID ": is nobody's");

        if (!read_address(reading.address, &question->family, question->address))
                return refuse(reterr,
                              SMTP_RESTRICTIONS_EXPLAIN_ADDRESS
                              ": is no address; names are looked up by who asks, as "
                              "smtp-restrictionsctl explain does");
        r = read_forwarded(&reading, question, reterr);
        if (r < 0)
                return r;
        if (reading.user) {
                r = policy_check_name(SMTP_RESTRICTIONS_EXPLAIN_USER, reading.user, reterr);
                if (r < 0)
                        return r;
                question->user = strdup(reading.user);
                if (!question->user)
                        return -ENOMEM;
        }

        question->uid_set = reading.uid_set;
        question->uid = reading.uid;
        question->port = reading.port;
        return 0;
}

static int append_exception(sd_bus_message *reply, const ExplainAnswer *answer) {
        char id[JOB_ID_SIZE];
        int r;

        if (answer->exception == 0)
                return 0;

        (void) snprintf(id, sizeof(id), "%" PRIu64, answer->exception);
        r = sd_bus_message_append(reply, "{sv}", SMTP_RESTRICTIONS_EXPLAIN_EXCEPTION, "s", id);
        if (r < 0 || answer->expires_usec == 0)
                return r;

        return sd_bus_message_append(
                        reply,
                        "{sv}",
                        SMTP_RESTRICTIONS_EXPLAIN_EXPIRES,
                        "t",
                        answer->expires_usec);
}

static int append_explanation(sd_bus_message *reply, const void *subject) {
        const ExplainAnswer *answer = subject;
        int r;

        r = sd_bus_message_append(
                        reply,
                        "{sv}{sv}",
                        SMTP_RESTRICTIONS_EXPLAIN_VERDICT,
                        "s",
                        exception_verdict_to_string(answer->verdict),
                        SMTP_RESTRICTIONS_EXPLAIN_DECISION,
                        "s",
                        answer->decision);
        if (r >= 0 && answer->uid_set)
                r = sd_bus_message_append(
                                reply, "{sv}", SMTP_RESTRICTIONS_EXPLAIN_UID, "u", answer->uid);
        if (r < 0)
                return r;
        r = append_exception(reply, answer);
        if (r < 0)
                return r;
        return entry_append_text(reply, SMTP_RESTRICTIONS_EXPLAIN_HINT, answer->hint);
}

int codec_append_explanation(sd_bus_message *reply, const JobResult *result) {
        return dictionary_append(reply, append_explanation, &result->explanation);
}
