/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Answers that say that something is done: when it is on the disk. */

#include <errno.h>

#include "meterd/bus-service.h"

struct BusPromise {
        BusPromise *next;
        MeterBus *bus;
        Call *call;      /* owned */
        uint64_t number; /* of the batch that it is in */
        bool has_count;
        uint32_t count;
};

static void unlink_promise(BusPromise *promise) {
        BusPromise **at = &promise->bus->first_promise;

        while (*at != promise)
                at = &(*at)->next;
        *at = promise->next;
}

/* Who called has left; what was done stays. */
static void on_left(void *userdata) {
        CLEANUP(freep) BusPromise *promise = userdata;

        unlink_promise(promise);
}

static void keep(BusPromise *done, int r) {
        CLEANUP(freep) BusPromise *promise = done;
        CLEANUP(call_freep) Call *call = promise->call;
        sd_bus_message *m = call_message(call);

        unlink_promise(promise);
        call_set_work(call, NULL, NULL);
        if (r < 0)
                (void) sd_bus_reply_method_errorf(
                                m,
                                SD_BUS_ERROR_FAILED,
                                "It is done, but the disk does not take it: it is tried again, and "
                                "lost if the machine ends before");
        else if (promise->has_count)
                (void) sd_bus_reply_method_return(m, "u", promise->count);
        else
                (void) sd_bus_reply_method_return(m, NULL);
}

int bus_promise(MeterBus *bus, Call **call, const uint32_t *count) {
        BusPromise *promise = calloc(1, sizeof(*promise));

        if (!promise)
                return -ENOMEM;

        *promise = (BusPromise){
                .next = bus->first_promise,
                .bus = bus,
                .call = TAKE(*call),
                .number = bus->meter->batch_number + 1,
                .has_count = count != NULL,
                .count = count ? *count : 0,
        };
        bus->first_promise = promise;
        call_set_work(promise->call, on_left, promise);

        /* should this process die before */
        meter_keep(bus->meter);
        meter_write_changes(bus->meter);
        return 0;
}

bool meter_bus_is_waiting(const MeterBus *bus) {
        /* the latest one is the first */
        return bus->first_promise && bus->first_promise->number > bus->meter->batch_number;
}

void meter_bus_written(MeterBus *bus, uint64_t number, int r) {
        BusPromise *next;

        for (BusPromise *promise = bus->first_promise; promise; promise = next) {
                next = promise->next;
                if (promise->number <= number)
                        keep(promise, r);
        }
}
