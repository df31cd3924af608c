/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What happens to mail, for who listens: broadcasts, so that nobody has to be kept in mind. Who
 * receives them is the bus's policy (dbus/, root and group adm). Each at a bounded rate.
 */

#include <errno.h>

#include "dbus/containers.h"
#include "meterd/bus-service.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/log.h"
#include "util/now.h"

static const struct {
        const char *signal;
        const char *how;
} events[_LEDGER_EVENT_KIND_MAX] = {
        [LEDGER_EVENT_LIMIT] = { "LimitReached", NULL },
        [LEDGER_EVENT_HELD] = { "Held", NULL },
        [LEDGER_EVENT_RELEASED] = { "Released", "room" },
        [LEDGER_EVENT_SENT] = { "Released", "hand" },
        [LEDGER_EVENT_DISCARDED] = { "Released", "discarded" },
};

/* As OverLimitAction has them. */
static const char *action_of(VerdictKind verdict) {
        return verdict == VERDICT_DENY ? "reject" : verdict_kind_to_string(verdict);
}

typedef struct SignalDetails {
        MeterBus *bus;
        const LedgerEvent *event;
        uint64_t kept_back;
} SignalDetails;

static const char *because_of(const LedgerEvent *event) {
        if (event->suspension != SUSPENSION_NONE)
                return "suspended";
        return event->cause->limit > 0 ? "limit" : "failed";
}

static int append_limit(sd_bus_message *m, const LedgerEvent *event) {
        const LimitState *cause = event->cause;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}",
                        "Action",
                        "s",
                        action_of(event->verdict),
                        "Because",
                        "s",
                        because_of(event));
        if (r < 0 || cause->limit == 0)
                return r;

        return sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}",
                        "Window",
                        "s",
                        cause->window == WINDOW_HOUR ? "hour" : "day",
                        "Limit",
                        "t",
                        cause->limit,
                        "Until",
                        "t",
                        (uint64_t) event->until_sec * USEC_PER_SEC);
}

static int append_message(sd_bus_message *m, const SignalDetails *details) {
        const LedgerEvent *event = details->event;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}",
                        "Id",
                        "s",
                        event->id,
                        "Recipients",
                        "t",
                        (uint64_t) event->recipients);
        if (r >= 0)
                r = bus_append_subjects(m, event->names, bus_users(details->bus));
        if (r >= 0 && events[event->kind].how)
                r = sd_bus_message_append(m, "{sv}", "How", "s", events[event->kind].how);
        return r;
}

static int append_details(sd_bus_message *m, const void *subject) {
        const SignalDetails *details = subject;
        int r = 0;

        if (details->event->cause)
                r = append_limit(m, details->event);
        if (r >= 0 && details->event->kind != LEDGER_EVENT_LIMIT)
                r = append_message(m, details);
        if (r >= 0 && details->kept_back > 0)
                r = sd_bus_message_append(m, "{sv}", "KeptBack", "t", details->kept_back);
        return r;
}

/* Whom it is about: whose limit it was, or the first that the message has. */
static SubjectKind kind_of(const LedgerEvent *event) {
        SubjectKind kind = event->cause ? event->cause->subject : SUBJECT_DOMAIN;

        while (!event->names[kind] && kind + 1 < _SUBJECT_KIND_MAX)
                kind++;
        return kind;
}

static int emit(MeterBus *bus,
                const char *signal,
                const char *subject,
                AppendEntries append,
                const void *details) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_signal(
                        bus->connection,
                        &m,
                        SMTP_RESTRICTIONS_METER_PATH,
                        SMTP_RESTRICTIONS_METER_INTERFACE,
                        signal);
        if (r >= 0)
                r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, subject);
        if (r >= 0)
                r = dictionary_append(m, append, details);
        if (r >= 0)
                r = sd_bus_send(bus->connection, m, NULL);
        return r;
}

void meter_bus_tell(MeterBus *bus, const LedgerEvent *event) {
        CLEANUP(freep) char *subject = NULL;
        SignalDetails details = { .bus = bus, .event = event };
        SubjectKind kind = kind_of(event);
        int r;

        if (!bus->connection || !event->names[kind] ||
            !signal_pace_take(
                            &bus->paces[event->kind],
                            now_read_usec(CLOCK_MONOTONIC),
                            &details.kept_back))
                return;

        subject = subject_to_text(kind, event->names[kind], bus_users(bus));
        r = subject ? emit(bus, events[event->kind].signal, subject, append_details, &details)
                    : -ENOMEM;
        if (r < 0)
                (void) log_warning_errno(
                                r,
                                "Failed to tell of mail (%s), ignoring: %m",
                                events[event->kind].signal);
}

static int append_suspension(sd_bus_message *m, const void *subject) {
        return sd_bus_message_append(m, "{sv}", "Action", "s", subject);
}

void meter_bus_tell_suspended(MeterBus *bus, const char *subject, const char *action) {
        int r;

        if (!bus->connection)
                return;

        r = emit(bus, "Suspended", subject, append_suspension, action);
        if (r < 0)
                (void) log_warning_errno(
                                r, "Failed to tell that a subject is suspended, ignoring: %m");
}
