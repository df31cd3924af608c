/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "dbus/bus-error.h"
#include "meterd/bus-listing.h"

BusListing *bus_listing_free(BusListing *listing) {
        if (!listing)
                return NULL;

        sd_event_source_disable_unref(listing->source);
        usage_top_done(&listing->top);
        free(listing);
        return NULL;
}

/* Who called has left. */
static void on_left(void *userdata) {
        IGNORE_RESULT(bus_listing_free(userdata)); /* always NULL */
}

static int send_list(const BusListing *listing, const Call *call) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call_message(call), &reply);
        if (r >= 0)
                r = array_append(reply, "a{sv}", listing->append_row, listing, listing->top.count);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        return r;
}

static int on_turn(sd_event_source *source, void *userdata) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(bus_listing_freep) BusListing *listing = userdata;
        CLEANUP(call_freep) Call *call = NULL;
        int r;

        (void) source;
        r = listing->look_on(listing);
        if (r > 0) {
                listing = NULL;
                return 0;
        }

        call = listing->call;
        call_set_work(call, NULL, NULL);
        if (r >= 0)
                r = send_list(listing, call);
        if (r < 0) {
                (void) bus_error_set(&error, r, NULL);
                (void) sd_bus_reply_method_error(call_message(call), &error);
        }
        return 0;
}

int bus_listing_read_filter(
                MeterBus *bus,
                sd_bus_message *m,
                ListingReader reader,
                BusRequest *request,
                Failure *reterr) {
        CLEANUP(freep) UsageFilter *filter = calloc(1, sizeof(*filter));
        int r;

        if (!filter)
                return -ENOMEM;
        r = reader(m, bus_users(bus), filter, reterr);
        if (r >= 0 && filter->has_kind)
                r = bus_add_detail(request, "kind", subject_kind_to_string(filter->kind));
        if (r < 0)
                return r;

        request->arguments = TAKE(filter);
        return 0;
}

int bus_listing_begin(BusListing **listing, Call **call) {
        BusListing *begun = *listing;
        int r;

        r = sd_event_add_defer(begun->bus->meter->event, &begun->source, on_turn, begun);
        if (r >= 0)
                r = sd_event_source_set_enabled(begun->source, SD_EVENT_ON);
        if (r >= 0)
                r = sd_event_source_set_priority(begun->source, METER_BUS_PRIORITY);
        if (r < 0)
                return r;

        begun->call = TAKE(*call);
        call_set_work(begun->call, on_left, begun);
        *listing = NULL;
        return 0;
}
