/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policy/port-verdicts.h"
#include "util/text.h"

#define VALUE_SHOWN_MAX 64 /* bytes of a stranger's value in a text */

static const char *const verdict_names[_PORT_VERDICT_MAX] = {
        [PORT_VERDICT_REDIRECT] = "redirect",
        [PORT_VERDICT_REJECT] = "reject",
};

const PortVerdicts port_verdicts_default = {
        .entries = {
                { 25, PORT_VERDICT_REDIRECT },
                { 465, PORT_VERDICT_REJECT },
                { 587, PORT_VERDICT_REJECT },
        },
        .count = 3,
};

const char *port_verdict_to_string(PortVerdict verdict) {
        assert(verdict < _PORT_VERDICT_MAX);

        return verdict_names[verdict];
}

int port_verdict_from_string(const char *string, PortVerdict *ret) {
        for (size_t i = 0; i < _PORT_VERDICT_MAX; i++)
                if (string_equal(string, verdict_names[i])) {
                        *ret = (PortVerdict) i;
                        return 0;
                }

        return -EINVAL;
}

int port_verdicts_add(PortVerdicts *verdicts, uint16_t port, PortVerdict verdict) {
        size_t place = 0;

        assert(verdicts && port > 0 && verdict < _PORT_VERDICT_MAX);

        while (place < verdicts->count && verdicts->entries[place].port < port)
                place++;

        if (place < verdicts->count && verdicts->entries[place].port == port)
                return PORT_VERDICTS_E_TWICE;
        if (verdicts->count == SMTP_RESTRICTIONS_PORTS_MAX)
                return PORT_VERDICTS_E_FULL;

        memmove(&verdicts->entries[place + 1],
                &verdicts->entries[place],
                (verdicts->count - place) * sizeof(verdicts->entries[0]));
        verdicts->entries[place].port = port;
        verdicts->entries[place].verdict = verdict;
        verdicts->count++;
        return 0;
}

bool port_verdicts_equal(const PortVerdicts *a, const PortVerdicts *b) {
        if (a->count != b->count)
                return false;

        for (size_t i = 0; i < a->count; i++)
                if (a->entries[i].port != b->entries[i].port ||
                    a->entries[i].verdict != b->entries[i].verdict)
                        return false;

        return true;
}

bool port_verdicts_have(const PortVerdicts *verdicts, PortVerdict verdict) {
        for (size_t i = 0; i < verdicts->count; i++)
                if (verdicts->entries[i].verdict == verdict)
                        return true;

        return false;
}

static int refuse_port(uint64_t port, const char *why, Failure *reterr) {
        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: port %" PRIu64 " %s",
                        SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
                        port,
                        why);
}

int port_verdicts_add_string(
                PortVerdicts *verdicts, uint64_t port, const char *verdict, Failure *reterr) {
        PortVerdict value;

        assert(verdicts && verdict);

        if (port < 1 || port > UINT16_MAX)
                return refuse_port(port, "is not between 1 and 65535", reterr);

        if (port_verdict_from_string(verdict, &value) < 0) {
                CLEANUP(freep)
                char *quoted = string_quote(verdict, strlen(verdict), VALUE_SHOWN_MAX);

                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: '%s' of port %" PRIu64 " is neither 'redirect' nor 'reject'",
                                SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
                                quoted ?: "?",
                                port);
        }

        switch (port_verdicts_add(verdicts, (uint16_t) port, value)) {
        case PORT_VERDICTS_E_TWICE:
                return refuse_port(port, "is there twice", reterr);
        case PORT_VERDICTS_E_FULL:
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: there are more than %d ports",
                                SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
                                SMTP_RESTRICTIONS_PORTS_MAX);
        default:
                return 0;
        }
}
