/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <unistd.h>

#include "ctl/call.h"
#include "ctl/report.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/json-message.h"

/* Somebody may have to find a password first, and then a change may take 20 s. D-Bus's own 25 s
 * would end the wait while the service goes on. */
#define REPLY_AFTER_USEC (600 * USEC_PER_SEC)

void caller_done(Caller *caller) {
        agent_done(&caller->agent);
        caller->bus = sd_bus_flush_close_unref(caller->bus);
}

static ExitCode connect_bus(Caller *caller) {
        int r;

        if (caller->bus)
                return EXIT_CODE_OK;

        if (caller->host) {
                r = sd_bus_open_system_remote(&caller->bus, caller->host);
                if (r < 0)
                        return report_error(
                                        EXIT_CODE_FAILED,
                                        "cannot reach %s: %s; it takes ssh here, and systemd there",
                                        caller->host,
                                        strerror(-r));
                return EXIT_CODE_OK;
        }

        r = sd_bus_open_system(&caller->bus);
        if (r < 0)
                return report_error(
                                EXIT_CODE_FAILED,
                                "cannot reach the system bus: %s; is dbus.service running?",
                                strerror(-r));

        return EXIT_CODE_OK;
}

static ExitCode new_call(
                Caller *caller,
                const char *name,
                const char *path,
                const char *interface,
                const char *method,
                sd_bus_message **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = connect_bus(caller);
        if (code != EXIT_CODE_OK)
                return code;

        r = sd_bus_message_new_method_call(caller->bus, &call, name, path, interface, method);
        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(call, caller->ask_password);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        *ret = TAKE(call);
        return EXIT_CODE_OK;
}

ExitCode call_new(Caller *caller, const char *method, sd_bus_message **ret) {
        return new_call(caller,
                        SMTP_RESTRICTIONS_BUS_NAME,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_INTERFACE,
                        method,
                        ret);
}

ExitCode call_new_meter(Caller *caller, const char *method, sd_bus_message **ret) {
        return new_call(caller,
                        SMTP_RESTRICTIONS_METER_BUS_NAME,
                        SMTP_RESTRICTIONS_METER_PATH,
                        SMTP_RESTRICTIONS_METER_INTERFACE,
                        method,
                        ret);
}

int call_send(Caller *caller, sd_bus_message *call, json_t **ret, sd_bus_error *reterr) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        /* an agent here cannot speak for a process there */
        if (caller->ask_password && !caller->host)
                agent_start(&caller->agent);

        r = sd_bus_call(caller->bus, call, REPLY_AFTER_USEC, reterr, &reply);
        if (r < 0) {
                /* a broken connection leaves no error, but a number */
                if (!sd_bus_error_is_set(reterr))
                        (void) sd_bus_error_set_errno(reterr, r);
                return r;
        }

        if (!ret)
                return 0;

        r = json_from_message(reply, ret);
        if (r < 0)
                return sd_bus_error_set_errnof(reterr, r, "cannot read the answer");

        return 0;
}

ExitCode call_report(const sd_bus_error *error) {
        const char *hint = outcome_hint(error->name);
        const char *text = error->message && *error->message ? error->message : error->name;

        /* root needs no authorization: what denied it is the bus, and no password helps */
        if (geteuid() == 0 && outcome_from_error(error->name) == EXIT_CODE_NOT_AUTHORIZED)
                hint = "is the service's bus policy installed?";

        return report_error(
                        outcome_from_error(error->name),
                        "%s%s%s%s",
                        text,
                        hint ? " (" : "",
                        hint ? hint : "",
                        hint ? ")" : "");
}

ExitCode call_finish(Caller *caller, sd_bus_message *call, json_t **ret) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        if (call_send(caller, call, ret, &error) < 0)
                return call_report(&error);

        return EXIT_CODE_OK;
}
