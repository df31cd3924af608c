/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meterd/bus-hooks.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/log.h"
#include "util/text.h"

#define SERVICE_TIMEOUT_USEC (24 * USEC_PER_SEC) /* it has an answer within 20 s */

struct BusHooksWait {
        BusHooksWait *behind;
        BusHooksHandler handler;
        void *userdata;
};

static void answer_all(BusHooksWait *first, int error, const char *text) {
        while (first) {
                CLEANUP(freep) BusHooksWait *wait = first;

                first = wait->behind;
                wait->handler(error, text, wait->userdata);
        }
}

static bool is_wanted(const MeterBus *bus) {
        return subject_table_count(bus->meter->subjects) > 0;
}

bool bus_hooks_are_due(const MeterBus *bus) {
        const Meter *meter = bus->meter;

        return bus->hooks_called || bus->hooks_waiting || is_wanted(bus) != bus->has_hooks ||
               (is_wanted(bus) && !settings_are_in_use(meter->settings));
}

bool bus_hooks_have_limits(const MeterBus *bus) {
        const Settings *settings = bus->meter->settings;

        return settings_are_in_use(settings) &&
               !mail_limits_are_empty(&settings_config(settings)->limits);
}

static int call(MeterBus *bus);

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        MeterBus *bus = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(m);
        BusHooksWait *answered = TAKE(bus->hooks_called);
        int r;

        (void) reterr;
        bus->hooks_slot = sd_bus_slot_unref(bus->hooks_slot);
        if (!error)
                bus->has_hooks = bus->hooks_wanted;
        answer_all(answered,
                   error ? -sd_bus_error_get_errno(error) : 0,
                   error ? error->message ?: error->name : NULL);

        r = bus->hooks_waiting && !bus->hooks_called ? call(bus) : 0;
        if (r < 0)
                answer_all(TAKE(bus->hooks_waiting), r, strerror(-r));
        return 0;
}

/* Those that wait are answered by this one. */
static int call(MeterBus *bus) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        if (!bus->connection)
                return -ENOTCONN;

        r = sd_bus_message_new_method_call(
                        bus->connection,
                        &m,
                        SMTP_RESTRICTIONS_BUS_NAME,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_INTERFACE,
                        "FollowMeter");
        if (r >= 0)
                r = sd_bus_call_async(
                                bus->connection,
                                &bus->hooks_slot,
                                m,
                                on_answer,
                                bus,
                                SERVICE_TIMEOUT_USEC);
        if (r < 0)
                return r;

        bus->hooks_wanted = is_wanted(bus);
        bus->hooks_called = TAKE(bus->hooks_waiting);
        return 0;
}

int bus_hooks_update(MeterBus *bus, BusHooksHandler handler, void *userdata) {
        BusHooksWait *wait = calloc(1, sizeof(*wait));
        int r;

        if (!wait)
                return -ENOMEM;

        *wait = (BusHooksWait){ bus->hooks_waiting, handler, userdata };
        bus->hooks_waiting = wait;
        r = bus->hooks_called ? 0 : call(bus);
        if (r < 0)
                answer_all(TAKE(bus->hooks_waiting), r, strerror(-r));
        return 0;
}

static void log_failure(int error, const char *text, void *userdata) {
        CLEANUP(freep) char *quoted = text ? string_quote(text, strlen(text), 400) : NULL;

        (void) userdata;
        if (error < 0)
                log_warning("Whether Exim asks as it should is not known: %s", quoted ?: "?");
}

/* What was set or taken back before this process died may be nothing that the service has heard of.
 * With limits Exim asks anyway, and that it asks more than is needed does no harm. */
void bus_hooks_begin(MeterBus *bus) {
        bool is_needless = settings_are_in_use(bus->meter->settings) && !bus_hooks_have_limits(bus);

        if ((is_wanted(bus) ? bus_hooks_are_due(bus) : is_needless) &&
            bus_hooks_update(bus, log_failure, NULL) < 0)
                log_failure(-ENOMEM, strerror(ENOMEM), NULL);
}

void bus_hooks_end(MeterBus *bus) {
        BusHooksWait *called = TAKE(bus->hooks_called), *waiting = TAKE(bus->hooks_waiting);

        bus->hooks_slot = sd_bus_slot_unref(bus->hooks_slot);
        answer_all(called, -ENOTCONN, "the system bus is gone");
        answer_all(waiting, -ENOTCONN, "the system bus is gone");
}
