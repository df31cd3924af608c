/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/attempts.h"
#include "bus/bus.h"
#include "bus/service.h"
#include "bus/units.h"
#include "dbus/bus-error.h"
#include "util/log.h"

static int read_state(Bus *bus, PublicState *ret) {
        CLEANUP(live_state_done) LiveState live = {};
        int r;

        r = manager_read_live(bus->manager, &live);
        if (r < 0)
                return log_error_errno(r, "Failed to read the state of the firewall: %m");

        public_state_read(bus->manager, &live, ret);
        return 0;
}

/* GetAll asks for each property by itself: the kernel is read once for all of them. */
int property_get(
                sd_bus *connection,
                const char *path,
                const char *interface,
                const char *property,
                sd_bus_message *reply,
                void *userdata,
                sd_bus_error *reterr) {
        Bus *bus = userdata;
        uint64_t turn;
        int r;

        (void) connection;
        (void) path;
        (void) interface;

        r = sd_event_get_iteration(bus->event, &turn);
        if (r < 0)
                return bus_error_set(reterr, r, NULL);

        if (turn != bus->state_turn) {
                r = read_state(bus, &bus->state);
                if (r < 0)
                        return bus_error_set(reterr, r, NULL);
                bus->state_turn = turn;
        }

        return public_state_append(&bus->state, property, reply);
}

void bus_announce(Bus *bus, const PublicState *now) {
        const char *names[PUBLIC_STATE_FIELDS_MAX];
        int r;

        if (public_state_compare(&bus->announced, now, names) == 0)
                return;

        /* property_get() is asked for the values now */
        bus->state = *now;
        bus->announced = *now;
        r = sd_event_get_iteration(bus->event, &bus->state_turn);
        if (r >= 0)
                r = sd_bus_emit_properties_changed_strv(
                                bus->connection,
                                SMTP_RESTRICTIONS_PATH,
                                SMTP_RESTRICTIONS_INTERFACE,
                                (char **) names);
        if (r < 0)
                (void) log_warning_errno(r, "Failed to announce changed properties, ignoring: %m");
}

static void announce_present(Bus *bus) {
        PublicState now;

        if (read_state(bus, &now) >= 0)
                bus_announce(bus, &now);
}

static void on_changed(const Snapshot *before, const Snapshot *now, void *userdata) {
        /* more than the snapshot may have changed: the kernel's part of it too */
        (void) before;
        (void) now;

        announce_present(userdata);
}

static void on_busy_changed(bool busy, void *userdata) {
        Bus *bus = userdata;
        PublicState now = bus->announced;

        now.busy = busy;
        bus_announce(bus, &now);
}

static void on_attempt(const AttemptNotice *notice, uint64_t count, void *userdata) {
        attempts_emit(userdata, notice, count);
}

Bus *bus_free(Bus *bus) {
        if (!bus)
                return NULL;

        manager_set_callbacks(bus->manager, &(ManagerCallbacks){});
        IGNORE_RESULT(calls_free(bus->calls)); /* always NULL */
        sd_bus_slot_unref(bus->object);
        sd_bus_slot_unref(bus->attempts);
        sd_bus_flush_close_unref(bus->questions);
        sd_bus_flush_close_unref(bus->connection);
        sd_event_unref(bus->event);
        free(bus);
        return NULL;
}

static int connect_bus(sd_event *event, const char *description, sd_bus **ret) {
        CLEANUP(sd_bus_unrefp) sd_bus *connection = NULL;
        int r;

        r = sd_bus_open_system_with_description(&connection, description);
        if (r < 0)
                return log_error_errno(r, "Failed to connect to the system bus: %m");

        /* the end is bus_free()'s: what polkit is still asked is taken back first */
        r = sd_bus_set_close_on_exit(connection, false);
        if (r < 0)
                return log_error_errno(r, "Failed to set up the connection: %m");

        /* systemd starts us again when there is a bus; what is in force stays so */
        r = sd_bus_set_exit_on_disconnect(connection, true);
        if (r < 0)
                return log_error_errno(r, "Failed to watch the system bus: %m");

        r = sd_bus_attach_event(connection, event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for the system bus: %m");

        *ret = TAKE(connection);
        return 0;
}

static int publish_object(Bus *bus) {
        int r;

        r = sd_bus_add_object_vtable(
                        bus->connection,
                        &bus->object,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_INTERFACE,
                        service_vtable,
                        bus);
        if (r >= 0)
                r = attempts_publish(bus, &bus->attempts);
        if (r < 0)
                return log_error_errno(r, "Failed to publish the service's object: %m");

        /* what clients read first is what later changes are told against */
        r = read_state(bus, &bus->announced);
        if (r < 0)
                return r;

        manager_set_callbacks(
                        bus->manager,
                        &(ManagerCallbacks){
                                        .changed = on_changed,
                                        .busy_changed = on_busy_changed,
                                        .attempt = on_attempt,
                                        .userdata = bus,
                        });

        r = sd_bus_request_name(bus->connection, SMTP_RESTRICTIONS_BUS_NAME, 0);
        if (r < 0)
                return log_error_errno(
                                r,
                                "Failed to take the bus name '%s': %m",
                                SMTP_RESTRICTIONS_BUS_NAME);

        return 0;
}

int bus_new(sd_event *event, Manager *manager, Bus **ret) {
        CLEANUP(bus_freep) Bus *bus = NULL;
        int r;

        assert(event && manager && ret);

        bus = calloc(1, sizeof(*bus));
        if (!bus)
                return log_error_errno(-ENOMEM, "Failed to set up the service: %m");

        bus->event = sd_event_ref(event);
        bus->manager = manager;
        bus->state_turn = UINT64_MAX;

        r = connect_bus(event, "service", &bus->connection);
        if (r < 0)
                return r;

        r = connect_bus(event, "questions", &bus->questions);
        if (r < 0)
                return r;

        r = calls_new(bus->connection, bus->questions, &bus->calls);
        if (r < 0)
                return log_error_errno(r, "Failed to set up the service: %m");

        r = units_follow(bus->questions, manager);
        if (r < 0)
                return log_error_errno(r, "Failed to follow systemd's units: %m");

        r = publish_object(bus);
        if (r < 0)
                return r;

        *ret = TAKE(bus);
        return 0;
}
