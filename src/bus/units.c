/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bus/units.h"
#include "util/log.h"

#define SYSTEMD_NAME      "org.freedesktop.systemd1"
#define SYSTEMD_PATH      "/org/freedesktop/systemd1"
#define SYSTEMD_INTERFACE "org.freedesktop.systemd1.Manager"

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const char *unit;
        uint32_t id;

        (void) reterr;
        if (sd_bus_message_read(m, "uos", &id, NULL, &unit) >= 0)
                manager_note_unit(userdata, unit);
        return 0;
}

/* Of the match and of Subscribe(). */
static int on_asked(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        const sd_bus_error *error = sd_bus_message_get_error(m);

        (void) userdata;
        (void) reterr;
        if (error)
                log_info("Starts and stops of units are not followed: %s", error->message);
        return 0;
}

int units_follow(sd_bus *connection, Manager *manager) {
        int r;

        r = sd_bus_match_signal_async(
                        connection,
                        NULL,
                        SYSTEMD_NAME,
                        SYSTEMD_PATH,
                        SYSTEMD_INTERFACE,
                        "JobRemoved",
                        on_job_removed,
                        on_asked,
                        manager);
        if (r < 0)
                return r;

        return sd_bus_call_method_async(
                        connection,
                        NULL,
                        SYSTEMD_NAME,
                        SYSTEMD_PATH,
                        SYSTEMD_INTERFACE,
                        "Subscribe",
                        on_asked,
                        manager,
                        NULL);
}
