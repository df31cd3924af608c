/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-identd: which local user owns a connection to the mail server? Systemd starts
 * it with its socket when the meter asks; it ends when nobody has asked for some minutes.
 */

#include <errno.h>
#include <pwd.h>
#include <systemd/sd-daemon.h>

#include "identd/server.h"
#include "util/end-signals.h"
#include "util/fd.h"
#include "util/log.h"

#define METER_USER "smtp-restrictions-meter"

/* Return: 0, -ENOENT if there is no such user, another negative errno. */
static int find_meter(uid_t *ret) {
        const struct passwd *entry;

        errno = 0;
        /* cppcheck-suppress getpwnamCalled // this program has one thread */
        entry = getpwnam(METER_USER);
        if (!entry)
                return errno > 0 ? -errno : -ENOENT;

        *ret = entry->pw_uid;
        return 0;
}

static int serve(void) {
        CLEANUP(sd_event_unrefp) sd_event *event = NULL;
        CLEANUP(server_freep) Server *server = NULL;
        uid_t meter;
        int fd;
        int r;

        fd = fd_take_listening();
        if (fd < 0)
                return log_error_errno(fd, "smtp-restrictions-ident.socket has to start this: %m");

        r = find_meter(&meter);
        if (r < 0)
                return log_error_errno(r, "Failed to find the user " METER_USER ": %m");

        r = sd_event_default(&event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop: %m");

        r = end_signals_watch(event);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for signals: %m");

        r = server_new(event, fd, meter, &server);
        if (r < 0)
                return log_error_errno(r, "Failed to serve: %m");

        (void) sd_notify(false, "READY=1"); /* without systemd nobody wants to know */

        r = sd_event_loop(event);
        (void) sd_notify(false, "STOPPING=1");
        return r < 0 ? log_error_errno(r, "Failed to wait for questions: %m") : 0;
}

int main(void) {
        log_open();
        return serve() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
