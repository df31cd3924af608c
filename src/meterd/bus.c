/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meterd/bus-hooks.h"
#include "meterd/bus-service.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/log.h"

#define RETRY_FIRST_USEC (1 * USEC_PER_SEC)
#define RETRY_MAX_USEC   (60 * USEC_PER_SEC)

#define LOCAL "org.freedesktop.DBus.Local" /* the connection's own words */

/* What it could not say by now nobody waits for: flushing would wait for the bus. */
static void disconnect(MeterBus *bus) {
        bus_hooks_end(bus);
        IGNORE_RESULT(calls_free(bus->calls)); /* always NULL */
        bus->calls = NULL;
        assert(!bus->first_promise);
        bus->questions = sd_bus_close_unref(bus->questions);
        bus->connection = sd_bus_close_unref(bus->connection);
}

/* Not now: this is called from the inside of the connection. */
static void try_later(MeterBus *bus, int error) {
        int r;

        if (!bus->failing)
                (void) log_write(
                                LOG_NOTICE,
                                NULL,
                                error,
                                "Not on the system bus, counting and trying again: %m");
        bus->failing = true;

        r = sd_event_source_set_time_relative(bus->retry, bus->retry_usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(bus->retry, SD_EVENT_ONESHOT);
        if (r < 0)
                (void) log_error_errno(r, "Failed to set a timer, staying without a bus: %m");
        bus->retry_usec = MIN_OF(2 * bus->retry_usec, RETRY_MAX_USEC);
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        (void) m;
        (void) reterr;
        try_later(userdata, -ECONNRESET);
        return 0;
}

static int on_name(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        MeterBus *bus = userdata;
        uint32_t result;

        (void) reterr;
        if (sd_bus_message_is_method_error(m, NULL)) {
                try_later(bus, -sd_bus_message_get_errno(m));
                return 0;
        }
        if (sd_bus_message_read(m, "u", &result) < 0 || result != 1) {
                try_later(bus, -EEXIST); /* somebody else has it */
                return 0;
        }

        if (bus->failing)
                log_notice("On the system bus again");
        bus->failing = false;
        bus->retry_usec = RETRY_FIRST_USEC;
        bus_hooks_begin(bus);
        return 0;
}

static int open_connection(MeterBus *bus, const char *description, sd_bus **ret) {
        CLEANUP(sd_bus_close_unrefp) sd_bus *connection = NULL;
        int r;

        r = sd_bus_open_system_with_description(&connection, description);
        if (r >= 0)
                r = sd_bus_set_close_on_exit(connection, false);
        if (r >= 0)
                r = sd_bus_attach_event(connection, bus->meter->event, METER_BUS_PRIORITY);
        if (r >= 0)
                r = sd_bus_match_signal_async(
                                connection,
                                NULL,
                                NULL,
                                "/org/freedesktop/DBus/Local",
                                LOCAL,
                                "Disconnected",
                                on_disconnected,
                                NULL,
                                bus);
        if (r < 0)
                return r;

        *ret = TAKE(connection);
        return 0;
}

/* The bus has not answered yet when this returns. */
static int connect_bus(MeterBus *bus) {
        int r;

        r = open_connection(bus, "service", &bus->connection);
        if (r >= 0)
                r = open_connection(bus, "questions", &bus->questions);
        if (r >= 0)
                r = calls_new(bus->connection, bus->questions, &bus->calls);
        if (r >= 0)
                r = sd_bus_add_object_vtable(
                                bus->connection,
                                NULL,
                                SMTP_RESTRICTIONS_METER_PATH,
                                SMTP_RESTRICTIONS_METER_INTERFACE,
                                meter_bus_vtable,
                                bus);
        if (r >= 0)
                r = sd_bus_request_name_async(
                                bus->connection,
                                NULL,
                                SMTP_RESTRICTIONS_METER_BUS_NAME,
                                0,
                                on_name,
                                bus);
        return r < 0 ? r : 0;
}

static void begin(MeterBus *bus) {
        int r;

        disconnect(bus);
        r = connect_bus(bus);
        if (r < 0) {
                disconnect(bus);
                try_later(bus, r);
        }
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        begin(userdata);
        return 0;
}

int meter_bus_new(Meter *meter, MeterBus **ret) {
        CLEANUP(meter_bus_freep) MeterBus *bus = calloc(1, sizeof(MeterBus));
        int r;

        if (!bus)
                return -ENOMEM;
        bus->meter = meter;
        bus->retry_usec = RETRY_FIRST_USEC;

        r = sd_event_add_time(
                        meter->event,
                        &bus->retry,
                        CLOCK_MONOTONIC,
                        UINT64_MAX,
                        USEC_PER_SEC / 10,
                        on_retry,
                        bus);
        if (r >= 0)
                r = sd_event_source_set_enabled(bus->retry, SD_EVENT_OFF);
        if (r < 0)
                return r;

        begin(bus);
        *ret = TAKE(bus);
        return 0;
}

MeterBus *meter_bus_free(MeterBus *bus) {
        if (!bus)
                return NULL;

        disconnect(bus);
        sd_event_source_disable_unref(bus->retry);
        free(bus);
        return NULL;
}
