/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The interface as sd-bus sees it, and what each method does in one order: read, check, authorize,
 * act; from its top again when polkit has answered. The same as
 * dbus/org.example.SmtpRestrictions.Meter.xml, which a test compares.
 */

#include <errno.h>

#include "dbus/bus-error.h"
#include "meterd/bus-rows.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

#define ANYBODY SD_BUS_VTABLE_UNPRIVILEGED

#define INSPECT SMTP_RESTRICTIONS_ACTION_INSPECT
#define SUBJECT SMTP_RESTRICTIONS_ACTION_SET_SUBJECT
#define RELEASE SMTP_RESTRICTIONS_ACTION_MANAGE_HELD
#define DISCARD SMTP_RESTRICTIONS_ACTION_DISCARD_HELD
#define SUSPEND SMTP_RESTRICTIONS_ACTION_SUSPEND

/* clang-format off */
const sd_bus_vtable meter_bus_vtable[] = {
        SD_BUS_VTABLE_START(0),

        SD_BUS_METHOD_WITH_ARGS("GetUsage",
                                SD_BUS_ARGS("s", subject), SD_BUS_RESULT("a{sv}", usage),
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ListUsage",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", usages),
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("Report",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", rows),
                                bus_method, ANYBODY),

        SD_BUS_METHOD_WITH_ARGS("ResetUsage",
                                SD_BUS_ARGS("s", subject), SD_BUS_NO_RESULT,
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ListHeld",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", messages),
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ReleaseHeld",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("u", count),
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("DiscardHeld",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("u", count),
                                bus_method, ANYBODY),

        SD_BUS_METHOD_WITH_ARGS("SetSubject",
                                SD_BUS_ARGS("s", subject, "a{sv}", settings), SD_BUS_NO_RESULT,
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("SuspendSubject",
                                SD_BUS_ARGS("s", subject, "s", mode), SD_BUS_NO_RESULT,
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ResumeSubject",
                                SD_BUS_ARGS("s", subject), SD_BUS_NO_RESULT,
                                bus_method, ANYBODY),
        SD_BUS_METHOD_WITH_ARGS("ListSubjects",
                                SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("aa{sv}", subjects),
                                bus_method, ANYBODY),

        SD_BUS_SIGNAL_WITH_ARGS("LimitReached", SD_BUS_ARGS("s", subject, "a{sv}", details), 0),
        SD_BUS_SIGNAL_WITH_ARGS("Held", SD_BUS_ARGS("s", subject, "a{sv}", details), 0),
        SD_BUS_SIGNAL_WITH_ARGS("Released", SD_BUS_ARGS("s", subject, "a{sv}", details), 0),
        SD_BUS_SIGNAL_WITH_ARGS("Suspended", SD_BUS_ARGS("s", subject, "a{sv}", details), 0),

        SD_BUS_VTABLE_END
};

static const BusMethod methods[] = {
        { "GetUsage",   INSPECT, bus_read_usage,        bus_get_usage },
        { "ListUsage",  INSPECT, bus_read_usage_filter, bus_list_usage },
        { "Report",     INSPECT, bus_read_report,       bus_report },
        { "ResetUsage", SUBJECT, bus_read_subject,      bus_reset_usage },

        { "ListHeld",    INSPECT, bus_read_held,        bus_list_held },
        { "ReleaseHeld", RELEASE, bus_read_held_change, bus_release_held },
        { "DiscardHeld", DISCARD, bus_read_held_change, bus_discard_held },

        { "SetSubject", SUBJECT, bus_read_settings, bus_set_subject },
        { "SuspendSubject", SUSPEND, bus_read_suspension, bus_suspend_subject },
        { "ResumeSubject", SUSPEND, bus_read_resumption, bus_resume_subject },
        { "ListSubjects", INSPECT, bus_read_subjects, bus_list_subjects },
};
/* clang-format on */

static const BusMethod *find_method(const char *name) {
        for (size_t i = 0; i < ELEMENTS_OF(methods); i++)
                if (string_equal(methods[i].name, name))
                        return &methods[i];

        return NULL;
}

static void request_done(BusRequest *request) {
        string_list_done(&request->details);
        free(request->arguments);
}

int bus_add_detail(BusRequest *request, const char *key, const char *value) {
        int r;

        r = string_list_append(&request->details, key);
        return r < 0 ? r : string_list_append(&request->details, value);
}

const UserNames *bus_users(MeterBus *bus) {
        return settings_users(bus->meter->settings, now_read_usec(CLOCK_MONOTONIC));
}

int bus_add_subject_detail(MeterBus *bus, BusRequest *request, const Subject *subject) {
        CLEANUP(freep) char *text = subject_to_text(subject->kind, subject->name, bus_users(bus));

        return text ? bus_add_detail(request, "subject", text) : -ENOMEM;
}

int bus_read_subject(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        CLEANUP(freep) Subject *subject = calloc(1, sizeof(*subject));
        const char *text;
        int r;

        if (!subject)
                return -ENOMEM;
        r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &text);
        if (r >= 0)
                r = subject_from_text(text, bus_users(bus), subject, reterr);
        if (r < 0)
                return r;

        r = bus_add_subject_detail(bus, request, subject);
        request->arguments = TAKE(subject);
        return r;
}

/* What nobody has put into words goes to the log. */
static int fail(const BusMethod *method, int r, const Failure *failure, sd_bus_error *reterr) {
        if (sd_bus_error_is_set(reterr))
                return r;
        if (!failure_is_set(failure))
                (void) log_error_errno(r, "Failed to carry out %s: %m", method->name);

        return bus_error_set(reterr, r, failure);
}

int bus_method(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        MeterBus *bus = userdata;
        const BusMethod *method = find_method(sd_bus_message_get_member(m));
        CLEANUP(call_freep) Call *call = calls_resume(bus->calls, m);
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(request_done) BusRequest request = {};
        CallQuestion question = { .actions = { method->action }, .details = &request.details };
        int r;

        r = bus_add_detail(&request, "method", method->name);
        if (r >= 0)
                r = method->read(bus, m, &request, &failure);
        if (r < 0)
                return fail(method, r, &failure, reterr);

        question.about_uid = request.about_uid;
        question.uid = request.uid;
        r = calls_authorize(bus->calls, m, &question, &call, reterr);
        if (r == CALLS_E_PENDING)
                return 1;
        if (r >= 0)
                r = method->act(bus, &request, &call, &failure);
        if (r < 0)
                return fail(method, r, &failure, reterr);

        return 1;
}
