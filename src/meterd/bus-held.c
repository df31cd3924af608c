/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is held: who waits, and who is sent or removed by hand. */

#include <errno.h>

#include "dbus/containers.h"
#include "meterd/bus-rows.h"
#include "meterd/filters.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

#define ENTRIES_MAX SMTP_RESTRICTIONS_METER_ENTRIES_MAX

#define DETAIL_SIZE_MAX 200 /* of a list of ids */

/* Never cut in the middle: a rule that compares a value compares the whole of it. */
static int add_ids_detail(BusRequest *request, const HeldFilter *filter) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *value = NULL;
        int r;

        for (size_t i = 0; i < filter->id_count && text.size <= DETAIL_SIZE_MAX; i++)
                text_append_format(&text, "%s%s", i > 0 ? ", " : "", filter->ids[i]);
        if (text.size > DETAIL_SIZE_MAX) {
                text_done(&text);
                text_append_format(&text, "%zu entries", filter->id_count);
        }

        r = text_finish(&text, &value, NULL);
        return r < 0 ? r : bus_add_detail(request, "ids", value);
}

static int read_filter(
                MeterBus *bus,
                sd_bus_message *m,
                bool for_change,
                BusRequest *request,
                Failure *reterr) {
        CLEANUP(freep) HeldFilter *filter = malloc(sizeof(*filter));
        int r;

        if (!filter)
                return -ENOMEM;
        r = filter_read_held(m, bus_users(bus), for_change, filter, reterr);
        if (r >= 0 && filter->has_subject)
                r = bus_add_subject_detail(bus, request, &filter->subject);
        if (r >= 0 && filter->has_ids)
                r = add_ids_detail(request, filter);
        if (r < 0)
                return r;

        request->arguments = TAKE(filter);
        return 0;
}

int bus_read_held(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        return read_filter(bus, m, false, request, reterr);
}

int bus_read_held_change(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        return read_filter(bus, m, true, request, reterr);
}

static bool is_meant(const HeldFilter *filter, const LedgerHeld *held) {
        return !filter->has_subject ||
               string_equal(held->names[filter->subject.kind], filter->subject.name);
}

/* The ids are the ledger's, and stay while nothing is forgotten. */
static size_t select_ids(const Ledger *ledger, const HeldFilter *filter, const char *ret[]) {
        LedgerHeld held;
        size_t count = 0;

        if (!filter->has_ids)
                return ledger_list_held(
                                ledger,
                                filter->subject.kind,
                                filter->has_subject ? filter->subject.name : NULL,
                                filter->after[0] ? filter->after : NULL,
                                filter->most,
                                ret);

        for (size_t i = 0; i < filter->id_count && count < filter->most; i++)
                if (ledger_find_held(ledger, filter->ids[i], &held) && is_meant(filter, &held))
                        ret[count++] = held.id;
        return count;
}

/* ---- list ---- */

typedef struct HeldList {
        MeterBus *bus;
        const char *ids[ENTRIES_MAX];
        size_t count;
} HeldList;

typedef struct HeldAnswer {
        const UserNames *users;
        LedgerHeld held;
} HeldAnswer;

static int append_subject(
                sd_bus_message *m, SubjectKind kind, const char *name, const UserNames *users) {
        CLEANUP(freep) char *text = subject_to_text(kind, name, users);

        return text ? sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, text) : -ENOMEM;
}

int bus_append_subjects(sd_bus_message *m, const char *const names[], const UserNames *users) {
        int r;

        r = entry_open(m, "Subjects", "as");
        if (r >= 0)
                r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "s");
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX && r >= 0; i++)
                if (names[i])
                        r = append_subject(m, i, names[i], users);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : entry_close(m);
}

static int append_held(sd_bus_message *m, const void *subject) {
        const HeldAnswer *answer = subject;
        const LedgerHeld *held = &answer->held;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}",
                        "Id",
                        "s",
                        held->id,
                        "Recipients",
                        "t",
                        (uint64_t) held->recipients,
                        "Since",
                        "t",
                        (uint64_t) held->since_sec * USEC_PER_SEC);
        if (r >= 0)
                r = bus_append_subjects(m, held->names, answer->users);
        if (r < 0 || !held->has_uid)
                return r;

        r = sd_bus_message_append(m, "{sv}", "Uid", "u", held->uid);
        if (r < 0)
                return r;
        return entry_append_text(m, "User", user_names_find(answer->users, held->uid) ?: "");
}

static int append_item(sd_bus_message *m, const void *items, size_t place) {
        const HeldList *list = items;
        HeldAnswer answer = { .users = bus_users(list->bus) };

        /* nothing has changed since it was found */
        if (!ledger_find_held(list->bus->meter->ledger, list->ids[place], &answer.held))
                return -ENOENT;

        return dictionary_append(m, append_held, &answer);
}

int bus_list_held(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Ledger *ledger = bus->meter->ledger;
        const HeldFilter *filter = request->arguments;
        HeldList list = { .bus = bus };
        LedgerHeld held;
        int r;

        if (filter->after[0] &&
            (!ledger_find_held(ledger, filter->after, &held) || !is_meant(filter, &held)))
                return failure_set(
                                reterr,
                                -ENOENT,
                                FAILURE_NOT_FOUND,
                                "After: this message is not held any more; begin anew");

        list.count = select_ids(ledger, filter, list.ids);
        r = sd_bus_message_new_method_return(call_message(*call), &reply);
        if (r >= 0)
                r = array_append(reply, "a{sv}", append_item, &list, list.count);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        return r;
}

/* ---- changes ---- */

/* Who has done it has to be found later. */
static void tell(const Call *call, uint32_t count, const char *what) {
        if (count > 0)
                log_notice("Uid %u has %s %u held messages", call_uid(call), what, count);
}

int bus_release_held(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        const char *ids[ENTRIES_MAX];
        size_t found = select_ids(bus->meter->ledger, request->arguments, ids);
        uint32_t count = 0;

        (void) reterr;
        for (size_t i = 0; i < found; i++) {
                bool done;
                int r;

                r = ledger_send_held(bus->meter->ledger, ids[i], now_read_sec(), &done);
                if (r < 0) {
                        meter_give_up(bus->meter, r);
                        return r;
                }
                count += done;
        }

        /* should this process die, the deliveries are to be answered in the same way */
        meter_keep(bus->meter);
        for (size_t i = 0; i < found; i++)
                orders_give(&bus->meter->orders, ORDER_RELEASE, ids[i]);
        tell(*call, count, "released");
        return bus_promise(bus, call, &count);
}

int bus_discard_held(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        const char *ids[ENTRIES_MAX];
        size_t found = select_ids(bus->meter->ledger, request->arguments, ids);
        uint32_t count = 0;

        (void) reterr;
        for (size_t i = 0; i < found; i++)
                count += ledger_discard_held(bus->meter->ledger, ids[i], now_read_sec());

        meter_keep(bus->meter);
        meter_give_orders(bus->meter);
        tell(*call, count, "discarded");
        return bus_promise(bus, call, &count);
}
