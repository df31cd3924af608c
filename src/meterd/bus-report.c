/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Report: who has sent how much in the last days, and who has used SMTP AUTH, from where. */

#include <errno.h>

#include "meterd/bus-listing.h"
#include "meterd/bus-rows.h"
#include "util/now.h"

int bus_read_report(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        const UsageFilter *filter;
        int r;

        r = bus_listing_read_filter(bus, m, filter_read_report, request, reterr);
        if (r < 0)
                return r;

        filter = request->arguments;
        if (!filter->has_subject)
                return 0;
        request->about_uid = filter->subject.kind == SUBJECT_USER;
        request->uid = (uint32_t) strtoul(filter->subject.name, NULL, 10);
        return bus_add_subject_detail(bus, request, &filter->subject);
}

typedef struct ReportRow {
        const UserNames *users;
        const Subject *subject;
        const ActivitySums *sums;
} ReportRow;

static int append_address(sd_bus_message *m, const void *items, size_t place) {
        const ActivityAddress *addresses = items;
        char text[INET6_ADDRSTRLEN];

        activity_address_to_text(&addresses[place].address, text);
        return sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, text);
}

/* Nobody logs in as a user of the host. */
static int append_auth(sd_bus_message *m, const ReportRow *row) {
        const ActivitySums *sums = row->sums;
        size_t count = 0;
        int r;

        if (row->subject->kind == SUBJECT_USER)
                return 0;

        while (count < ACTIVITY_ADDRESSES_MAX && sums->addresses[count].time_sec > 0)
                count++;
        r = sd_bus_message_append(m, "{sv}", "AuthMessages", "t", sums->auth_messages);
        if (r < 0 || count == 0)
                return r;
        return entry_append_array(m, "Addresses", "s", append_address, sums->addresses, count);
}

static int append_row(sd_bus_message *m, const void *subject) {
        const ReportRow *row = subject;
        CLEANUP(freep)
        char *text = subject_to_text(row->subject->kind, row->subject->name, row->users);
        int r;

        if (!text)
                return -ENOMEM;
        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}",
                        "Subject",
                        "s",
                        text,
                        "Messages",
                        "t",
                        row->sums->messages,
                        "Recipients",
                        "t",
                        row->sums->recipients,
                        "Last",
                        "t",
                        (uint64_t) row->sums->last_sec * USEC_PER_SEC);
        return r < 0 ? r : append_auth(m, row);
}

static int append_place(sd_bus_message *m, const void *items, size_t place) {
        const BusListing *listing = items;
        const UsageRow *row = listing->top.rows[place];

        return dictionary_append(
                        m,
                        append_row,
                        &(ReportRow){ bus_users(listing->bus), &row->subject, &row->sums });
}

static int add(SubjectKind kind, const char *name, const ActivitySums *sums, void *userdata) {
        return usage_top_add_sums(userdata, kind, name, sums);
}

static int look_on(BusListing *listing) {
        return activity_look_on(
                        listing->bus->meter->activity,
                        &listing->activity_look,
                        listing->since_sec,
                        now_read_sec(),
                        add,
                        &listing->top);
}

static int look_at_one(BusListing *listing, const Subject *subject) {
        ActivitySums sums;

        if (!activity_read(listing->bus->meter->activity,
                           subject->kind,
                           subject->name,
                           listing->since_sec,
                           now_read_sec(),
                           &sums))
                return 0;
        return add(subject->kind, subject->name, &sums, &listing->top);
}

static int look_at_none(BusListing *listing) {
        (void) listing;
        return 0;
}

/* The page begins behind that subject as it is now. */
static int begin_behind(BusListing *listing, const Subject *after) {
        ActivitySums sums;

        (void) activity_read(
                        listing->bus->meter->activity,
                        after->kind,
                        after->name,
                        listing->since_sec,
                        now_read_sec(),
                        &sums);
        return usage_top_begin_behind_sums(&listing->top, after, &sums);
}

int bus_report(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        CLEANUP(bus_listing_freep) BusListing *listing = calloc(1, sizeof(*listing));
        const UsageFilter *filter = request->arguments;
        int r = 0;

        (void) reterr;
        if (!listing)
                return -ENOMEM;
        listing->bus = bus;
        listing->look_on = filter->has_subject ? look_at_none : look_on;
        listing->append_row = append_place;
        listing->since_sec = (int64_t) (filter->since_usec / USEC_PER_SEC);
        listing->top.most = filter->most;
        listing->top.has_kind = filter->has_kind;
        listing->top.kind = filter->kind;
        if (filter->has_subject)
                r = look_at_one(listing, &filter->subject);
        else if (filter->has_after)
                r = begin_behind(listing, &filter->after);
        return r < 0 ? r : bus_listing_begin(&listing, call);
}
