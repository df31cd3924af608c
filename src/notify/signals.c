/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Everybody may send us a signal that looks like one of the service's: the bus checks that for
 * broadcasts only. So the senders' own names are known here, and each signal is compared.
 */

#include <errno.h>
#include <systemd/sd-bus.h>

#include "notify/event.h"
#include "notify/health.h"
#include "notify/signals.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/json-message.h"
#include "util/log.h"
#include "util/text.h"

#define BUS      "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

typedef struct Source {
        const char *name; /* on the bus */
        char *owner;      /* owned: the unique name behind it; NULL: nobody */
} Source;

enum { SERVICE, METER, _SOURCE_MAX };

struct Signals {
        sd_bus *bus;    /* owned */
        Outbox *outbox; /* borrowed */
        Source sources[_SOURCE_MAX];
        Health health;
        bool asking; /* for the Status */
        bool again;  /* it has changed since */
};

static bool is_from(const Signals *signals, sd_bus_message *m, unsigned source) {
        const char *sender = sd_bus_message_get_sender(m);

        return sender && string_equal(sender, signals->sources[source].owner);
}

/* The next arguments of a message, under these names; the object has the event's name. */
static int read_arguments(
                sd_bus_message *m, const char *const names[], size_t count, json_t *object) {
        for (size_t i = 0; i < count; i++) {
                CLEANUP(json_decrefp) json_t *value = NULL;
                int r = json_from_message(m, &value);

                if (r < 0)
                        return r;
                /* what a dictionary has stands beside the rest */
                r = json_is_object(value) ? json_object_update_missing(object, value)
                                          : json_object_set(object, names[i], value);
                if (r < 0)
                        return -ENOMEM;
        }

        return 0;
}

static int on_meter(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        static const char *const names[] = { "Subject", "Details" };
        CLEANUP(json_decrefp) json_t *event = NULL;
        Signals *signals = userdata;

        (void) reterr;
        if (!is_from(signals, m, METER) || !sd_bus_message_has_signature(m, "sa{sv}"))
                return 0;

        event = json_pack("{ss}", "Event", sd_bus_message_get_member(m));
        if (event && read_arguments(m, names, ELEMENTS_OF(names), event) >= 0)
                outbox_add(signals->outbox, event);
        return 0;
}

static int name_user(json_t *event) {
        const char *user = json_string_value(json_object_get(event, "User")) ?: "";
        CLEANUP(freep)
        char *subject = *user ? string_format("user:%s", user)
                              : string_format("user:%lld",
                                              (long long) json_integer_value(
                                                              json_object_get(event, "Uid")));

        return subject && json_object_set_new(event, "Subject", json_string(subject)) == 0
                               ? 0
                               : -ENOMEM;
}

static int on_attempt(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        static const char *const names[] = { "Uid",     "User",  "Address", "Port",
                                             "Verdict", "Count", "More" };
        CLEANUP(json_decrefp) json_t *event = NULL;
        Signals *signals = userdata;

        (void) reterr;
        if (!is_from(signals, m, SERVICE) || !sd_bus_message_has_signature(m, "ussqsta{sv}"))
                return 0;

        event = json_pack("{ss}", "Event", event_kind_to_string(EVENT_ATTEMPT));
        if (event && read_arguments(m, names, ELEMENTS_OF(names), event) >= 0 &&
            name_user(event) >= 0)
                outbox_add(signals->outbox, event);
        return 0;
}

static void ask_status(Signals *signals);

static void tell_health(Signals *signals, const json_t *status) {
        CLEANUP(json_decrefp) json_t *events = NULL;
        const json_t *event;
        bool over;
        size_t i;

        if (health_compare(&signals->health, status, &events, &over) < 0)
                return;
        /* what lasted for some seconds, and nobody was told of, is nobody's business */
        if (over && outbox_forget(signals->outbox, EVENT_HOST))
                return;

        json_array_foreach(events, i, event) outbox_add(signals->outbox, event);
}

static int on_status(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        CLEANUP(json_decrefp) json_t *status = NULL;
        Signals *signals = userdata;

        (void) reterr;
        signals->asking = false;
        /* without a service there is nothing to be told */
        if (!sd_bus_message_is_method_error(m, NULL) && json_from_message(m, &status) >= 0)
                tell_health(signals, status);
        if (signals->again)
                ask_status(signals);
        return 0;
}

/* Does not start the service. */
static void ask_status(Signals *signals) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        signals->again = signals->asking;
        if (signals->asking)
                return;

        r = sd_bus_message_new_method_call(
                        signals->bus,
                        &m,
                        SMTP_RESTRICTIONS_BUS_NAME,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_INTERFACE,
                        "Status");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_call_async(signals->bus, NULL, m, on_status, signals, 0);
        if (r < 0)
                (void) log_warning_errno(r, "Failed to ask how things stand, ignoring: %m");
        else
                signals->asking = true;
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        static const char *const names[] = { "Interface", "Changed" };
        CLEANUP(json_decrefp) json_t *changed = json_object();
        Signals *signals = userdata;

        (void) reterr;
        if (!changed || !is_from(signals, m, SERVICE) ||
            !sd_bus_message_has_signature(m, "sa{sv}as") ||
            read_arguments(m, names, ELEMENTS_OF(names), changed) < 0)
                return 0;

        if (json_object_get(changed, "Health") || json_object_get(changed, "ProblemCount"))
                ask_status(signals);
        return 0;
}

/* Return: 0 or -ENOMEM. */
static int set_owner(Signals *signals, const char *name, const char *owner) {
        for (unsigned i = 0; i < _SOURCE_MAX; i++) {
                CLEANUP(freep) char *copy = NULL;

                if (!string_equal(signals->sources[i].name, name))
                        continue;
                copy = *owner ? strdup(owner) : NULL;
                if (*owner && !copy)
                        return -ENOMEM;
                free(signals->sources[i].owner);
                signals->sources[i].owner = TAKE(copy);
                if (i == SERVICE && *owner)
                        ask_status(signals);
        }

        return 0;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const char *sender = sd_bus_message_get_sender(m);
        const char *name, *before, *owner;

        (void) reterr;
        if (!sender || !string_equal(sender, BUS) ||
            sd_bus_message_read(m, "sss", &name, &before, &owner) < 0)
                return 0;

        return set_owner(userdata, name, owner);
}

/* The first answers come before any signal that is sent after it: nothing is taken for a stranger's
 * that is not. */
static int find_owner(Signals *signals, Source *source) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *owner;
        int r;

        r = sd_bus_call_method(
                        signals->bus,
                        BUS,
                        BUS_PATH,
                        BUS,
                        "GetNameOwner",
                        &error,
                        &reply,
                        "s",
                        source->name);
        if (sd_bus_error_has_name(&error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                return 0;
        if (r >= 0)
                r = sd_bus_message_read(reply, "s", &owner);
        return r < 0 ? r : set_owner(signals, source->name, owner);
}

static int match(Signals *signals, const char *rule, sd_bus_message_handler_t handler) {
        return sd_bus_add_match(signals->bus, NULL, rule, handler, signals);
}

static int subscribe(Signals *signals) {
        static const struct {
                const char *rule;
                sd_bus_message_handler_t handler;
        } matches[] = {
                { "type='signal',sender='" BUS
                  "',member='NameOwnerChanged',arg0='" SMTP_RESTRICTIONS_BUS_NAME "'",
                  on_owner_changed },
                { "type='signal',sender='" BUS
                  "',member='NameOwnerChanged',arg0='" SMTP_RESTRICTIONS_METER_BUS_NAME "'",
                  on_owner_changed },
                { "type='signal',sender='" SMTP_RESTRICTIONS_BUS_NAME
                  "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
                  on_properties },
                { "type='signal',sender='" SMTP_RESTRICTIONS_BUS_NAME
                  "',interface='" SMTP_RESTRICTIONS_ATTEMPTS_INTERFACE "',member='Attempt'",
                  on_attempt },
                { "type='signal',sender='" SMTP_RESTRICTIONS_METER_BUS_NAME
                  "',interface='" SMTP_RESTRICTIONS_METER_INTERFACE "'",
                  on_meter },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTS_OF(matches) && r >= 0; i++)
                r = match(signals, matches[i].rule, matches[i].handler);
        for (size_t i = 0; i < _SOURCE_MAX && r >= 0; i++)
                r = find_owner(signals, &signals->sources[i]);
        return r;
}

int signals_new(sd_event *event, Outbox *outbox, Signals **ret) {
        CLEANUP(signals_freep) Signals *signals = calloc(1, sizeof(Signals));
        int r;

        if (!signals)
                return -ENOMEM;
        signals->outbox = outbox;
        signals->sources[SERVICE].name = SMTP_RESTRICTIONS_BUS_NAME;
        signals->sources[METER].name = SMTP_RESTRICTIONS_METER_BUS_NAME;

        r = sd_bus_open_system(&signals->bus);
        if (r >= 0)
                r = sd_bus_attach_event(signals->bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_set_exit_on_disconnect(signals->bus, true);
        if (r >= 0)
                r = subscribe(signals);
        if (r < 0)
                return r;

        *ret = TAKE(signals);
        return 0;
}

Signals *signals_free(Signals *signals) {
        if (!signals)
                return NULL;

        sd_bus_close_unref(signals->bus);
        for (unsigned i = 0; i < _SOURCE_MAX; i++)
                free(signals->sources[i].owner);
        health_done(&signals->health);
        free(signals);
        return NULL;
}
