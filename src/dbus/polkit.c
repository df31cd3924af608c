/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "dbus/containers.h"
#include "dbus/polkit.h"
#include "util/text.h"

#define POLKIT_NAME      "org.freedesktop.PolicyKit1"
#define POLKIT_PATH      "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

/* CheckAuthorizationFlags: polkit may ask people */
#define FLAG_ALLOW_USER_INTERACTION 1u

struct PolkitQuery {
        sd_bus *bus;
        sd_bus_slot *slot; /* of the call that has no answer yet; NULL: answered */
        uint64_t id;
        PolkitHandler handler;
        void *userdata;
};

static char *cancellation_id(uint64_t id) {
        return string_format("smtp-restrictions-%" PRIu64, id);
}

/* No reply is wanted: it would count among the 128 that our connection may wait for. */
static int take_back(PolkitQuery *query) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        CLEANUP(freep) char *id = cancellation_id(query->id);
        int r;

        if (!id)
                return -ENOMEM;

        r = sd_bus_message_new_method_call(
                        query->bus,
                        &m,
                        POLKIT_NAME,
                        POLKIT_PATH,
                        POLKIT_INTERFACE,
                        "CancelCheckAuthorization");
        if (r < 0)
                return r;

        r = sd_bus_message_set_expect_reply(m, false);
        if (r < 0)
                return r;

        /* a polkit that is gone by now has forgotten the question too */
        r = sd_bus_message_set_auto_start(m, false);
        if (r < 0)
                return r;

        r = sd_bus_message_append(m, "s", id);
        if (r < 0)
                return r;

        return sd_bus_send(query->bus, m, NULL);
}

PolkitQuery *polkit_query_free(PolkitQuery *query) {
        if (!query)
                return NULL;

        /* at worst polkit keeps a dialogue whose answer nobody waits for */
        if (query->slot)
                (void) take_back(query);

        sd_bus_slot_unref(query->slot);
        sd_bus_unref(query->bus);
        free(query);
        return NULL;
}

static PolkitVerdict read_verdict(sd_bus_message *reply) {
        int authorized, challenge;

        if (sd_bus_message_enter_container(reply, SD_BUS_TYPE_STRUCT, "bba{ss}") <= 0 ||
            sd_bus_message_read(reply, "bb", &authorized, &challenge) <= 0)
                return POLKIT_UNREACHABLE;

        if (authorized)
                return POLKIT_GRANTED;

        return challenge ? POLKIT_CHALLENGE : POLKIT_DENIED;
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        PolkitQuery *query = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        PolkitVerdict verdict;

        (void) reterr;

        if (!error) {
                query->slot = sd_bus_slot_unref(query->slot);
                verdict = read_verdict(reply);
                query->handler(verdict,
                               verdict == POLKIT_UNREACHABLE ? "its answer makes no sense" : NULL,
                               query->userdata);
                return 0;
        }

        /* our deadline has passed: polkit may still be asking somebody */
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
            sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
                (void) take_back(query);

        query->slot = sd_bus_slot_unref(query->slot);
        query->handler(POLKIT_UNREACHABLE, error->message ?: error->name, query->userdata);
        return 0;
}

/* The list has a name and a value in turn. */
static int append_detail(sd_bus_message *m, const void *items, size_t place) {
        const StringList *details = items;

        return sd_bus_message_append(
                        m, "{ss}", details->items[2 * place], details->items[2 * place + 1]);
}

static int append_details(sd_bus_message *m, const StringList *details) {
        return array_append(m, "{ss}", append_detail, details, details ? details->count / 2 : 0);
}

static int append_question(sd_bus_message *m, const PolkitQuestion *question) {
        CLEANUP(freep) char *id = cancellation_id(question->id);
        int r;

        if (!id)
                return -ENOMEM;

        r = sd_bus_message_append(
                        m,
                        "(sa{sv})s",
                        "system-bus-name",
                        1,
                        "name",
                        "s",
                        question->sender,
                        question->action);
        if (r < 0)
                return r;

        r = append_details(m, question->details);
        if (r < 0)
                return r;

        return sd_bus_message_append(
                        m, "us", question->interactive ? FLAG_ALLOW_USER_INTERACTION : 0u, id);
}

int polkit_ask(sd_bus *bus,
               const PolkitQuestion *question,
               PolkitHandler handler,
               void *userdata,
               PolkitQuery **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        CLEANUP(polkit_query_freep) PolkitQuery *query = NULL;
        int r;

        assert(bus && question && handler && ret);

        r = sd_bus_message_new_method_call(
                        bus, &m, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE, "CheckAuthorization");
        if (r < 0)
                return r;

        r = append_question(m, question);
        if (r < 0)
                return r;

        query = calloc(1, sizeof(*query));
        if (!query)
                return -ENOMEM;

        *query = (PolkitQuery){
                .bus = sd_bus_ref(bus),
                .id = question->id,
                .handler = handler,
                .userdata = userdata,
        };

        r = sd_bus_call_async(bus, &query->slot, m, on_answer, query, question->timeout_usec);
        if (r < 0)
                return r;

        *ret = TAKE(query);
        return 0;
}
