/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Lists of the busiest: some of all in each turn of the event loop, so that Exim need not wait for
 * all of them. */

#include "dbus/containers.h"
#include "meter/usage-top.h"
#include "meterd/bus-service.h"
#include "meterd/filters.h"

typedef struct BusListing BusListing;

/* Zero-initialized, then filled down to `top`. */
struct BusListing {
        MeterBus *bus;
        int (*look_on)(BusListing *listing); /* 0: that were all; above 0: there are more */
        AppendItem append_row;               /* the items are the listing; a{sv} */
        int64_t since_sec;
        UsageTop top;

        LedgerLook usage_look;
        ActivityLook activity_look;
        Call *call;              /* owned until it is answered */
        sd_event_source *source; /* owned */
};

BusListing *bus_listing_free(BusListing *listing);
DEFINE_CLEANUP(BusListing, bus_listing_free)

/* What is to be listed, with what polkit is told of it: the request's arguments are then a
 * UsageFilter. Return: 0 or a negative errno, then with *reterr set or -ENOMEM. */
typedef int (*ListingReader)(
                sd_bus_message *m, const UserNames *users, UsageFilter *ret, Failure *reterr);
WARN_UNUSED int bus_listing_read_filter(
                MeterBus *bus,
                sd_bus_message *m,
                ListingReader reader,
                BusRequest *request,
                Failure *reterr);

/* On success both are taken over, and the call is answered. Return: 0 or a negative errno. */
WARN_UNUSED int bus_listing_begin(BusListing **listing, Call **call);
