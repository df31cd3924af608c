/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>

#include "bus/attempts.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/log.h"
#include "util/utf8.h"

/* clang-format off */
static const sd_bus_vtable attempts_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_SIGNAL_WITH_ARGS("Attempt",
                                SD_BUS_ARGS("u", uid, "s", user, "s", address, "q", port,
                                            "s", verdict, "t", count, "a{sv}", more),
                                0),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int attempts_publish(Bus *bus, sd_bus_slot **ret) {
        return sd_bus_add_object_vtable(
                        bus->connection,
                        ret,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_ATTEMPTS_INTERFACE,
                        attempts_vtable,
                        bus);
}

void attempts_emit(Bus *bus, const AttemptNotice *notice, uint64_t count) {
        CLEANUP(freep) char *user = utf8_make_valid(notice->user);
        char address[INET6_ADDRSTRLEN] = "";
        int r;

        /* fails for no family that it knows and a buffer of this size */
        (void) inet_ntop(
                        attempt_set_is_v6(notice->event.set) ? AF_INET6 : AF_INET,
                        notice->event.address,
                        address,
                        sizeof(address));
        r = sd_bus_emit_signal(
                        bus->connection,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_ATTEMPTS_INTERFACE,
                        "Attempt",
                        "ussqsta{sv}",
                        notice->event.uid,
                        user ?: "",
                        address,
                        notice->event.port,
                        attempt_set_verdict(notice->event.set),
                        count,
                        2,
                        "Total",
                        "t",
                        notice->total,
                        "When",
                        "t",
                        notice->when_usec);
        if (r < 0)
                log_warning_errno(r, "Failed to tell of an attempt, ignoring: %m");
}
