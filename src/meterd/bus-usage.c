/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What subjects have used of their limits. */

#include <errno.h>
#include <string.h>

#include "dbus/bus-error.h"
#include "dbus/containers.h"
#include "meterd/bus-listing.h"
#include "meterd/bus-rows.h"
#include "meterd/decide.h"
#include "meterd/filters.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

int bus_read_usage(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        const Subject *subject;
        int r;

        r = bus_read_subject(bus, m, request, reterr);
        if (r < 0)
                return r;

        subject = request->arguments;
        request->about_uid = subject->kind == SUBJECT_USER;
        if (request->about_uid)
                request->uid = (uint32_t) strtoul(subject->name, NULL, 10);
        return 0;
}

typedef struct UsageAnswer {
        const UserNames *users;
        const Subject *subject;
        const LedgerUsage *usage;
} UsageAnswer;

static int append_window(sd_bus_message *m, const LedgerUsage *usage, WindowLength window) {
        static const char *const keys[_WINDOW_LENGTH_MAX][4] = {
                [WINDOW_HOUR] = { "HourlyUsed", "HourlyLimit", "HourlyLeft", "HourlyUntil" },
                [WINDOW_DAY] = { "DailyUsed", "DailyLimit", "DailyLeft", "DailyUntil" },
        };
        uint64_t taken = usage->used[window] + usage->reserved + usage->held;
        uint64_t limit = usage->limits[window];
        uint64_t until_usec = (uint64_t) usage->until_sec[window] * USEC_PER_SEC;
        int r;

        r = sd_bus_message_append(m, "{sv}", keys[window][0], "t", usage->used[window]);
        if (r < 0 || limit == 0)
                return r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}",
                        keys[window][1],
                        "t",
                        limit,
                        keys[window][2],
                        "t",
                        taken < limit ? limit - taken : 0);
        if (r < 0 || until_usec == 0)
                return r;

        return sd_bus_message_append(m, "{sv}", keys[window][3], "t", until_usec);
}

/* Nothing where nothing was tried. */
static int append_share(sd_bus_message *m, const LedgerUsage *usage) {
        if (usage->share.recipients == 0)
                return 0;

        return sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}",
                        "HourlyTried",
                        "t",
                        usage->share.recipients,
                        "HourlyFailed",
                        "t",
                        usage->share.bad,
                        "FailShareReached",
                        "b",
                        usage->is_share_reached);
}

static int append_usage(sd_bus_message *m, const void *subject) {
        const UsageAnswer *answer = subject;
        CLEANUP(freep)
        char *text = subject_to_text(answer->subject->kind, answer->subject->name, answer->users);
        int r;

        if (!text)
                return -ENOMEM;
        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}",
                        "Subject",
                        "s",
                        text,
                        "Reserved",
                        "t",
                        answer->usage->reserved,
                        "Held",
                        "t",
                        answer->usage->held);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX && r >= 0; i++)
                r = append_window(m, answer->usage, i);

        return r < 0 ? r : append_share(m, answer->usage);
}

/* Nobody logs in as a user of the host. */
static int append_auth(sd_bus_message *m, MeterBus *bus, const Subject *subject) {
        SmtpAuthLevel level;
        bool enabled;

        if (subject->kind == SUBJECT_USER)
                return 0;

        enabled = decide_auth_of(bus->meter->settings, bus->meter->subjects, subject, &level);
        return sd_bus_message_append(
                        m,
                        "{sv}{sv}",
                        "SmtpAuth",
                        "s",
                        enabled ? "enabled" : "disabled",
                        "SmtpAuthFrom",
                        "s",
                        smtp_auth_level_to_string(level));
}

/* A question for what all mail servers have counted together. */
typedef struct Looking {
        MeterBus *bus;
        Call *call; /* owned until it is answered; NULL: who called has left */
        Subject subject;
        Subjects names; /* that one */
} Looking;

typedef struct OneAnswer {
        MeterBus *bus;
        UsageAnswer usage;
        bool is_shared;
} OneAnswer;

static int append_one(sd_bus_message *m, const void *subject) {
        const OneAnswer *answer = subject;
        int r = 0;

        if (shared_is_in_use(answer->bus->meter->shared))
                r = sd_bus_message_append(m, "{sv}", "Shared", "b", answer->is_shared);
        if (r >= 0)
                r = append_usage(m, &answer->usage);
        return r < 0 ? r : append_auth(m, answer->bus, answer->usage.subject);
}

/* What is reserved here is said by itself. */
static void take_over(const LedgerCall *call, LedgerUsage *usage) {
        for (size_t i = 0; i < call->state_count; i++) {
                uint64_t used = call->states[i].used;

                usage->used[call->states[i].window] =
                                used > usage->reserved ? used - usage->reserved : 0;
        }
}

static int send_usage(
                MeterBus *bus, const Subject *subject, const LedgerCall *shared, const Call *call) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        LedgerUsage usage;
        int r;

        ledger_read_usage(bus->meter->ledger, subject->kind, subject->name, now_read_sec(), &usage);
        if (shared)
                take_over(shared, &usage);

        r = sd_bus_message_new_method_return(call_message(call), &reply);
        if (r >= 0)
                r = dictionary_append(
                                reply,
                                append_one,
                                &(OneAnswer){ bus, { bus_users(bus), subject, &usage }, shared });
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        return r;
}

static void on_looking_left(void *userdata) {
        Looking *looking = userdata;

        looking->call = NULL;
}

static void on_looked(const LedgerCall *shared, void *userdata) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(freep) Looking *looking = userdata;
        CLEANUP(call_freep) Call *call = looking->call;
        int r;

        if (!call)
                return;

        call_set_work(call, NULL, NULL);
        r = send_usage(looking->bus, &looking->subject, shared, call);
        if (r < 0) {
                (void) bus_error_set(&error, r, NULL);
                (void) sd_bus_reply_method_error(call_message(call), &error);
        }
}

int bus_get_usage(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        Looking *looking = calloc(1, sizeof(*looking));

        (void) reterr;
        if (!looking)
                return -ENOMEM;

        looking->bus = bus;
        looking->subject = *(const Subject *) request->arguments;
        memcpy(looking->names.names[looking->subject.kind],
               looking->subject.name,
               sizeof(looking->subject.name));
        looking->call = TAKE(*call);
        call_set_work(looking->call, on_looking_left, looking);
        shared_ask(bus->meter->shared,
                   &(SharedQuestion){ .names = &looking->names,
                                      .handler = on_looked,
                                      .userdata = looking });
        return 0;
}

int bus_reset_usage(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        const Subject *subject = request->arguments;
        CLEANUP(freep) char *text = subject_to_text(subject->kind, subject->name, bus_users(bus));
        CLEANUP(freep) char *quoted = text ? string_quote(text, strlen(text), 200) : NULL;
        int r;

        r = ledger_reset(bus->meter->ledger, subject->kind, subject->name, now_read_sec());
        if (r == -ENOSPC)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_LIMITS_EXCEEDED,
                                "Too many messages are open or held; try again later");
        if (r < 0)
                return r;

        log_notice("Uid %u has reset what was counted for %s", call_uid(*call), quoted ?: "?");
        return bus_promise(bus, call, NULL);
}

/* ---- the busiest ---- */

static int add(SubjectKind kind, const char *name, const LedgerUsage *usage, void *userdata) {
        return usage_top_add(userdata, kind, name, usage);
}

static int look_on(BusListing *listing) {
        int r =
                        ledger_look_on(listing->bus->meter->ledger,
                                       &listing->usage_look,
                                       now_read_sec(),
                                       add,
                                       &listing->top);

        if (r == LEDGER_E_ANEW)
                usage_top_clear(&listing->top);
        return r;
}

static int append_row(sd_bus_message *m, const void *items, size_t place) {
        const BusListing *listing = items;
        const UsageRow *row = listing->top.rows[place];

        return dictionary_append(
                        m,
                        append_usage,
                        &(UsageAnswer){ bus_users(listing->bus), &row->subject, &row->usage });
}

int bus_read_usage_filter(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        return bus_listing_read_filter(bus, m, filter_read_usage, request, reterr);
}

/* The page begins behind that subject as it is now. */
static int begin_behind(MeterBus *bus, const Subject *after, UsageTop *top) {
        LedgerUsage usage;

        ledger_read_usage(bus->meter->ledger, after->kind, after->name, now_read_sec(), &usage);
        return usage_top_begin_behind(top, after, &usage);
}

int bus_list_usage(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        CLEANUP(bus_listing_freep) BusListing *listing = calloc(1, sizeof(*listing));
        const UsageFilter *filter = request->arguments;
        int r = 0;

        (void) reterr;
        if (!listing)
                return -ENOMEM;
        listing->bus = bus;
        listing->look_on = look_on;
        listing->append_row = append_row;
        listing->top.most = filter->most;
        listing->top.has_kind = filter->has_kind;
        listing->top.kind = filter->kind;
        if (filter->has_after)
                r = begin_behind(bus, &filter->after, &listing->top);
        return r < 0 ? r : bus_listing_begin(&listing, call);
}
