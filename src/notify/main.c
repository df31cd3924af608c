/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-notify: tells the administrator by mail, and his own programs, what service and
 * meter say on the bus. Nothing depends on it, and it may do nothing but listen: what has to be run
 * is run by smtp-restrictions-notify-run.
 */

#include <errno.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "notify/outbox.h"
#include "notify/signals.h"
#include "util/end-signals.h"
#include "util/log.h"

#define EXIT_SETTINGS 2 /* the unit does not start it again */

static int serve(const Settings *settings) {
        CLEANUP(sd_event_unrefp) sd_event *event = NULL;
        CLEANUP(outbox_freep) Outbox *outbox = NULL;
        CLEANUP(signals_freep) Signals *signals = NULL;
        int r;

        r = sd_event_default(&event);
        if (r >= 0)
                r = end_signals_watch(event);
        if (r >= 0)
                r = outbox_new(event, settings, &outbox);
        if (r < 0)
                return log_error_errno(r, "Failed to begin: %m");
        r = signals_new(event, outbox, &signals);
        if (r < 0)
                return log_error_errno(r, "Failed to listen on the system bus: %m");

        (void) sd_notify(false, "READY=1"); /* without systemd nobody wants to know */
        r = sd_event_loop(event);
        (void) sd_notify(false, "STOPPING=1");
        if (r < 0)
                return log_error_errno(r, "Failed to wait for signals: %m");
        return r == EXIT_SUCCESS ? 0 : -ECANCELED;
}

int main(void) {
        Settings settings;
        const char *wrong;

        log_open();
        if (settings_read(environ, &settings, &wrong) < 0) {
                log_error("notify.conf: %s", wrong);
                return EXIT_SETTINGS;
        }

        return serve(&settings) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
