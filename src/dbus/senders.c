/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "dbus/senders.h"
#include "util/text.h"

#define DRIVER_NAME      "org.freedesktop.DBus"
#define DRIVER_PATH      "/org/freedesktop/DBus"
#define DRIVER_INTERFACE "org.freedesktop.DBus"

/* The bus itself answers; it is dead if it does not by then. */
#define ASK_TIMEOUT_USEC (10 * USEC_PER_SEC)

/* One match for everybody rather than one per sender: a connection may have 512 only. It stands
 * while somebody is remembered, so that an idle service is not woken by others who come and go. */
#define LEAVE_MATCH                                                                                \
        "type='signal',sender='" DRIVER_NAME "',path='" DRIVER_PATH                                \
        "',interface='" DRIVER_INTERFACE "',member='NameOwnerChanged',arg2=''"

struct Senders {
        sd_bus *bus;
        sd_bus_slot *match;
        SenderHandlers handlers;
        Sender *first;
        size_t count;
};

static Sender *sender_free(Sender *sender) {
        if (!sender)
                return NULL;

        assert(sender->call_count == 0);

        sd_bus_slot_unref(sender->slot);
        free(sender->name);
        free(sender);
        return NULL;
}
DEFINE_CLEANUP(Sender, sender_free)

static void unlink_sender(Sender *sender) {
        Senders *senders = sender->senders;
        Sender **at = &senders->first;

        while (*at != sender)
                at = &(*at)->next;
        *at = sender->next;

        senders->count--;
        if (senders->count == 0)
                senders->match = sd_bus_slot_unref(senders->match);
}

static void forget_sender(Sender *sender) {
        unlink_sender(sender);
        IGNORE_RESULT(sender_free(sender)); /* always NULL */
}

Senders *senders_free(Senders *senders) {
        if (!senders)
                return NULL;

        while (senders->first)
                forget_sender(senders->first);

        assert(senders->count == 0 && !senders->match);
        sd_bus_unref(senders->bus);
        free(senders);
        return NULL;
}

int senders_new(sd_bus *bus, const SenderHandlers *handlers, Senders **ret) {
        Senders *senders;

        assert(bus && handlers && ret);

        senders = calloc(1, sizeof(*senders));
        if (!senders)
                return -ENOMEM;

        senders->bus = sd_bus_ref(bus);
        senders->handlers = *handlers;

        *ret = senders;
        return 0;
}

static Sender *find_sender(Senders *senders, const char *name) {
        for (Sender *sender = senders->first; sender; sender = sender->next)
                if (string_equal(sender->name, name))
                        return sender;

        return NULL;
}

static void sender_is_gone(Sender *sender) {
        Senders *senders = sender->senders;

        /* held here, so that it does not go with the last of its calls */
        sender->call_count++;
        senders->handlers.gone(sender, senders->handlers.userdata);
        sender->call_count--;

        forget_sender(sender);
}

static int on_name_lost(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Sender *sender;
        const char *name;
        int r;

        (void) reterr;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;

        sender = find_sender(userdata, name);
        if (sender)
                sender_is_gone(sender);

        return 0;
}

static int on_uid(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        Sender *sender = userdata;
        Senders *senders = sender->senders;

        (void) reterr;

        sender->slot = sd_bus_slot_unref(sender->slot);

        if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
                sender_is_gone(sender);
                return 0;
        }

        if (!sd_bus_message_is_method_error(reply, NULL) &&
            sd_bus_message_read(reply, "u", &sender->uid) > 0)
                sender->state = SENDER_KNOWN;
        else
                sender->state = SENDER_FAILED;

        senders->handlers.answered(sender, senders->handlers.userdata);
        return 0;
}

/* The match first: whoever leaves after the bus has answered is noticed. */
static int ask_uid(Sender *sender) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        Senders *senders = sender->senders;
        int r;

        if (!senders->match) {
                r = sd_bus_add_match_async(
                                senders->bus,
                                &senders->match,
                                LEAVE_MATCH,
                                on_name_lost,
                                NULL,
                                senders);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_new_method_call(
                        senders->bus,
                        &m,
                        DRIVER_NAME,
                        DRIVER_PATH,
                        DRIVER_INTERFACE,
                        "GetConnectionUnixUser");
        if (r < 0)
                return r;

        r = sd_bus_message_append(m, "s", sender->name);
        if (r < 0)
                return r;

        r = sd_bus_call_async(senders->bus, &sender->slot, m, on_uid, sender, ASK_TIMEOUT_USEC);
        return r < 0 ? r : 0;
}

static int add_sender(Senders *senders, const char *name, Sender **ret) {
        CLEANUP(sender_freep) Sender *sender = NULL;
        int r;

        sender = calloc(1, sizeof(*sender));
        if (!sender)
                return -ENOMEM;

        sender->senders = senders;
        sender->name = strdup(name);
        if (!sender->name)
                return -ENOMEM;

        r = ask_uid(sender);
        if (r < 0) {
                if (senders->count == 0)
                        senders->match = sd_bus_slot_unref(senders->match);
                return r;
        }

        sender->next = senders->first;
        senders->first = sender;
        senders->count++;

        *ret = TAKE(sender);
        return 0;
}

/* Make room: one that has no call is only remembered to save a question. */
static bool forget_idle_sender(Senders *senders) {
        for (Sender *sender = senders->first; sender; sender = sender->next)
                if (sender->call_count == 0) {
                        forget_sender(sender);
                        return true;
                }

        return false;
}

int sender_take(Senders *senders, const char *name, Sender **ret) {
        Sender *sender;
        int r;

        assert(senders && name && ret);

        sender = find_sender(senders, name);
        if (!sender) {
                if (senders->count >= SENDERS_MAX && !forget_idle_sender(senders))
                        return SENDERS_E_FULL;

                r = add_sender(senders, name, &sender);
                if (r < 0)
                        return r;
        }

        sender->call_count++;
        *ret = sender;
        return 0;
}

void sender_drop(Sender *sender) {
        assert(sender->call_count > 0);

        sender->call_count--;
        /* ask again next time */
        if (sender->call_count == 0 && sender->state == SENDER_FAILED)
                forget_sender(sender);
}
