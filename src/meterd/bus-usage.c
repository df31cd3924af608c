/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What subjects have used of their limits. */

#include <errno.h>

#include "dbus/containers.h"
#include "meter/subject-text.h"
#include "meterd/bus-service.h"
#include "util/now.h"

static int64_t now_sec(void) {
        return (int64_t) (now_read_usec(CLOCK_REALTIME) / USEC_PER_SEC);
}

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
        const char *subject;
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

static int append_usage(sd_bus_message *m, const void *subject) {
        const UsageAnswer *answer = subject;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}",
                        "Subject",
                        "s",
                        answer->subject,
                        "Reserved",
                        "t",
                        answer->usage->reserved,
                        "Held",
                        "t",
                        answer->usage->held);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX && r >= 0; i++)
                r = append_window(m, answer->usage, i);

        return r;
}

int bus_get_usage(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Subject *subject = request->arguments;
        CLEANUP(freep) char *text = subject_to_text(subject->kind, subject->name, bus_users(bus));
        LedgerUsage usage;
        int r;

        (void) reterr;
        if (!text)
                return -ENOMEM;
        ledger_read_usage(bus->meter->ledger, subject->kind, subject->name, now_sec(), &usage);

        r = sd_bus_message_new_method_return(call_message(*call), &reply);
        if (r >= 0)
                r = dictionary_append(reply, append_usage, &(UsageAnswer){ text, &usage });
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        return r;
}
