/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/codec-explain.h"
#include "bus/codec-write.h"
#include "bus/containers.h"
#include "bus/dictionary.h"
#include "util/text.h"

typedef struct Reading {
        const char *user;
        const char *address;
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
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_UID)) {
                r = entry_refuse_twice(entry, reading->uid_set);
                reading->uid_set = true;
                return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_UINT32, &reading->uid);
        }
        if (string_equal(entry->key, SMTP_RESTRICTIONS_EXPLAIN_PORT)) {
                r = entry_refuse_twice(entry, reading->port);
                return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_UINT16, &reading->port);
        }

        return entry_refuse_unknown(entry, "User, Uid, Address and Port");
}

static int refuse(Failure *reterr, const char *text) {
        return failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "%s", text);
}

/* An IPv4 address in an IPv6 one is what the kernel takes it for. */
static int read_address(const char *text, ExplainQuestion *question, Failure *reterr) {
        static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
        uint8_t address[16] = {};

        question->family = strchr(text, ':') ? AF_INET6 : AF_INET;
        if (inet_pton(question->family, text, address) != 1)
                return refuse(reterr,
                              SMTP_RESTRICTIONS_EXPLAIN_ADDRESS
                              ": is no address; names are looked up by who asks, as "
                              "smtp-restrictionsctl explain does");

        if (question->family == AF_INET6 && memcmp(address, mapped, sizeof(mapped)) == 0) {
                question->family = AF_INET;
                memmove(address, address + sizeof(mapped), 4);
                memset(address + 4, 0, sizeof(mapped));
        }
        memcpy(question->address, address, sizeof(question->address));
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

        r = read_address(reading.address, question, reterr);
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
                        "{sv}{sv}{sv}",
                        SMTP_RESTRICTIONS_EXPLAIN_VERDICT,
                        "s",
                        exception_verdict_to_string(answer->verdict),
                        SMTP_RESTRICTIONS_EXPLAIN_DECISION,
                        "s",
                        answer->decision,
                        SMTP_RESTRICTIONS_EXPLAIN_UID,
                        "u",
                        answer->uid);
        if (r < 0)
                return r;
        r = append_exception(reply, answer);
        if (r < 0)
                return r;
        return codec_append_text(reply, SMTP_RESTRICTIONS_EXPLAIN_HINT, answer->hint);
}

int codec_append_explanation(sd_bus_message *reply, const JobResult *result) {
        return dictionary_append(reply, append_explanation, &result->explanation);
}
